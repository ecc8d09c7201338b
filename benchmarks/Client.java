import java.util.ArrayList;
import java.util.List;

/** Rows 6 and 7: what the command line costs. */
final class Client {
  static final double GET_BUDGET_MS = 150;
  private static final double UP_BUDGET_MS = 1500;

  private final Workshop workshop;

  Client(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> getInstances() throws Exception {
    List<Double> times = new ArrayList<>();
    List<String> labels = List.of("get-0", "get-1");
    try (Gyre gyre = Gyre.start(workshop, "")) {
      gyre.apply(Manifests.processes(workshop.beats(), labels));
      workshop.beats().awaitAll(labels, 30);
      for (int i = 0; i < (workshop.quick() ? 5 : 20); i++) {
        workshop.calm().await();
        long from = System.nanoTime();
        gyre.gyre("get", "instances");
        times.add((System.nanoTime() - from) / 1e6);
      }
    }
    return List.of(
        Row.measured(6, "gyre get instances", "ms", new Samples(times)).within(GET_BUDGET_MS));
  }

  List<Row> up() throws Exception {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < (workshop.quick() ? 2 : 10); i++) {
      try (Gyre gyre = Gyre.prepare(workshop, "")) {
        workshop.calm().await();
        long from = System.nanoTime();
        gyre.gyre("up", "-d");
        times.add((System.nanoTime() - from) / 1e6);
      }
    }
    return List.of(
        Row.measured(7, "gyre up -d, empty home -> ready", "ms", new Samples(times))
            .within(UP_BUDGET_MS));
  }
}
