import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Row 5: what four JVMs cost while nothing happens. */
final class Idle {
  // A place where no engine is.
  private static final String WITHOUT_DOCKER =
      "runtime: { settings: { docker: { host: \"unix:///nonexistent/docker.sock\" } } }\n";

  private final Workshop workshop;

  Idle(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    List<Row> rows = new ArrayList<>();
    List<String> processes = labels("idle");
    rows.addAll(
        measure(
            "2 processes, no Docker",
            WITHOUT_DOCKER,
            Manifests.processes(workshop.beats(), processes),
            processes));
    try {
      workshop.docker();
    } catch (Unmeasured e) {
      rows.add(Row.missing(5, "idle with 2 containers", e.getMessage()));
      return rows;
    }
    List<String> containers = labels("still");
    rows.addAll(
        measure(
            "2 containers", "", Manifests.containers(workshop.beats(), containers), containers));
    return rows;
  }

  private static List<String> labels(String prefix) {
    return IntStream.range(0, 2).mapToObj(number -> prefix + "-" + number).toList();
  }

  private List<Row> measure(String how, String config, String manifest, List<String> labels)
      throws Exception {
    int settle = workshop.quick() ? 3 : 15;
    int seconds = workshop.quick() ? 10 : 60;
    List<Row> rows = new ArrayList<>();
    try (Gyre gyre = Gyre.start(workshop, config)) {
      gyre.apply(manifest);
      workshop.beats().awaitAll(labels, 30);
      Thread.sleep(settle * 1000L);
      Map<String, Double> before = cpu(gyre);
      long from = System.nanoTime();
      Thread.sleep(seconds * 1000L);
      double perMinute = 60e9 / (System.nanoTime() - from);
      Map<String, Double> after = cpu(gyre);
      double memory = 0;
      double processor = 0;
      for (String component : Gyre.COMPONENTS) {
        double pss = Machine.pssMegabytes(gyre.pid(component));
        double spent = (after.get(component) - before.get(component)) * perMinute;
        memory += pss;
        processor += spent;
        rows.add(value("idle, " + how + ": " + component + " PSS", "MB", pss));
        rows.add(value("idle, " + how + ": " + component + " CPU per minute", "ms", spent));
      }
      rows.add(value("idle, " + how + ": all four PSS", "MB", memory));
      rows.add(value("idle, " + how + ": all four CPU per minute", "ms", processor));
    }
    return rows;
  }

  private static Row value(String what, String unit, double value) {
    return Row.measured(5, what, unit, Samples.of(value));
  }

  private static Map<String, Double> cpu(Gyre gyre) throws Exception {
    Map<String, Double> times = new LinkedHashMap<>();
    for (String component : Gyre.COMPONENTS) {
      times.put(component, Machine.cpuMillis(gyre.pid(component)));
    }
    return times;
  }
}
