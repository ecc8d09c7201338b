import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Row 16: a component is killed, to the moment when the next one says that it is ready. Each has
 * lived for more than ten seconds, for the supervisor restarts at once only what was stable.
 */
final class Components {
  private static final List<String> KILLED = List.of("api", "reconciler", "runtime");
  private static final double BUDGET_MS = 800;
  private static final long STABLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10_500);

  private final Workshop workshop;

  Components(Workshop workshop) {
    this.workshop = workshop;
  }

  /** In several Gyres in turn, so that the wait is not the most of it. */
  List<Row> measure() throws Exception {
    int gyres = workshop.quick() ? 1 : 2;
    int rounds = workshop.quick() ? 2 : 4;
    Map<String, List<Double>> times = new LinkedHashMap<>();
    List<Gyre> all = new ArrayList<>();
    try {
      for (int i = 0; i < gyres; i++) {
        all.add(Gyre.start(workshop, ""));
      }
      long stable = System.nanoTime() + STABLE_NANOS;
      for (int round = 0; round < rounds; round++) {
        TimeUnit.NANOSECONDS.sleep(stable - System.nanoTime());
        for (Gyre gyre : all) {
          for (String component : KILLED) {
            workshop.calm().await();
            times.computeIfAbsent(component, _ -> new ArrayList<>()).add(gyre.replace(component));
          }
        }
        stable = System.nanoTime() + STABLE_NANOS;
      }
    } finally {
      all.forEach(Gyre::close);
    }
    List<Row> rows = new ArrayList<>();
    times.forEach(
        (component, values) ->
            rows.add(
                Row.measured(16, component + " killed -> ready", "ms", new Samples(values))
                    .within(BUDGET_MS)));
    return rows;
  }
}
