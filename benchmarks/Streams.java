import java.util.ArrayList;
import java.util.List;

/** Rows 12 and 14: a rolling update, and how soon a client hears of a change. */
final class Streams {
  private static final int REPLICAS = 10;

  private final Workshop workshop;

  Streams(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> rolling() throws Exception {
    List<Double> times = new ArrayList<>();
    try (Gyre gyre = Gyre.start(workshop, "");
        Events events = gyre.events()) {
      gyre.apply(rolled(0));
      events.await("rolled", "rollout_complete", Long.MIN_VALUE, 60);
      for (int round = 1; round <= (workshop.quick() ? 2 : 5); round++) {
        workshop.calm().await();
        long from = System.nanoTime();
        gyre.apply(rolled(round));
        long done = events.await("rolled", "rollout_complete", from, 120).nanos();
        times.add((done - from) / 1e6);
      }
    }
    String what = "rolling update of " + REPLICAS + " processes -> complete";
    return List.of(Row.measured(12, what, "ms", new Samples(times)));
  }

  private static String rolled(int version) {
    return """
    deployments:
      rolled:
        replicas: %d
        environment: { VERSION: "%d" }
        process: { command: [sleep, "1000000"], stop_grace: 1s }
    """
        .formatted(REPLICAS, version);
  }

  /** One instance more, and one less again. */
  List<Row> latency() throws Exception {
    List<Double> whole = new ArrayList<>();
    List<Double> delivered = new ArrayList<>();
    int trials = workshop.quick() ? 20 : 60;
    try (Gyre gyre = Gyre.start(workshop, "");
        Events events = gyre.events()) {
      gyre.apply(rolled(0));
      events.await("rolled", "rollout_complete", Long.MIN_VALUE, 60);
      for (int trial = 0; trial < trials; trial++) {
        workshop.calm().await();
        long from = System.nanoTime();
        gyre.post("/v1/namespaces/default/deployments/rolled/scale", scale(trial));
        Events.Event event = events.await("rolled", "planned_.*", from, 30);
        whole.add((event.nanos() - from) / 1e6);
        delivered.add(event.delay().toNanos() / 1e6);
        events.await("rolled", "instance_(started|removed)", from, 30);
      }
    }
    return List.of(
        Row.measured(14, "change -> event at the client", "ms", new Samples(whole)),
        Row.measured(14, "event recorded -> at the client", "ms", new Samples(delivered)));
  }

  private static String scale(int trial) {
    return "{\"replicas\": " + (trial % 2 == 0 ? REPLICAS + 1 : REPLICAS) + "}";
  }
}
