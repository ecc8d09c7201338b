import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Row 5: what four JVMs cost while nothing happens. */
final class Idle {
  // A place where no engine is.
  private static final String WITHOUT_DOCKER =
      "runtime: { settings: { docker: { host: \"unix:///nonexistent/docker.sock\" } } }\n";

  static final String PSS = " PSS";
  static final double DOCKER_PLUGIN_MB = 30;
  private static final String THREE = "the three components";
  private static final String PERCENT = "% of a core";
  private static final double CPU_BUDGET = 0.3;

  private final Workshop workshop;

  Idle(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    List<Row> rows = new ArrayList<>();
    List<String> processes = Beats.labels("idle", 2);
    rows.addAll(
        measure(
            "2 processes, no Docker",
            WITHOUT_DOCKER,
            Manifests.processes(workshop.beats(), processes),
            processes,
            workshop.quick() ? 10 : 60,
            0));
    try {
      workshop.docker();
    } catch (Unmeasured e) {
      rows.add(Row.missing(5, "idle with 2 containers", e.getMessage()));
      return rows;
    }
    List<String> containers = Beats.labels("still", 2);
    rows.addAll(
        measure(
            "2 containers",
            "",
            Manifests.containers(workshop.beats(), containers),
            containers,
            workshop.quick() ? 10 : 30,
            DOCKER_PLUGIN_MB));
    return rows;
  }

  private List<Row> measure(
      String how, String config, String manifest, List<String> labels, int seconds, double plugin)
      throws Exception {
    int settle = workshop.quick() ? 3 : 15;
    try (Gyre gyre = Gyre.start(workshop, config)) {
      gyre.apply(manifest);
      workshop.beats().awaitAll(labels, 30);
      Thread.sleep(settle * 1000L);
      Map<String, Spent> before = spent(gyre);
      long from = System.nanoTime();
      Thread.sleep(seconds * 1000L);
      double elapsedMs = (System.nanoTime() - from) / 1e6;
      Map<String, Spent> after = spent(gyre);
      List<Row> rows = new ArrayList<>(memory(gyre, how, plugin));
      double all = 0;
      for (String component : Gyre.COMPONENTS) {
        double share =
            100 * (after.get(component).cpuMs() - before.get(component).cpuMs()) / elapsedMs;
        double wakes = 1000.0 * after.get(component).wakesSince(before.get(component)) / elapsedMs;
        all += component.equals("supervisor") ? 0 : share;
        rows.add(value("idle, " + how + ": " + component + " CPU", PERCENT, share));
        rows.add(value("idle, " + how + ": " + component + " wake-ups a second", "", wakes));
      }
      rows.add(value("idle, " + how + ": " + THREE + " CPU", PERCENT, all).within(CPU_BUDGET));
      return rows;
    }
  }

  /**
   * @param plugin what the plugins in use may take
   */
  static List<Row> memory(Gyre gyre, String how, double plugin) throws Exception {
    List<Row> rows = new ArrayList<>();
    double three = 0;
    double four = 0;
    for (String component : Gyre.COMPONENTS) {
      double pss = Machine.pssMegabytes(gyre.pid(component));
      four += pss;
      three += component.equals("supervisor") ? 0 : pss;
      rows.add(value("idle, " + how + ": " + component + PSS, "MB", pss));
    }
    rows.add(value("idle, " + how + ": " + THREE + PSS, "MB", three).within(160 + plugin));
    rows.add(value("idle, " + how + ": all four" + PSS, "MB", four).within(205 + plugin));
    return rows;
  }

  private static Row value(String what, String unit, double value) {
    return Row.measured(5, what, unit, Samples.of(value));
  }

  private record Spent(double cpuMs, Map<String, Long> waits) {
    /** What threads did that have ended meanwhile is lost. */
    long wakesSince(Spent earlier) {
      long wakes = 0;
      for (Map.Entry<String, Long> thread : waits.entrySet()) {
        wakes += thread.getValue() - earlier.waits().getOrDefault(thread.getKey(), 0L);
      }
      return wakes;
    }
  }

  private static Map<String, Spent> spent(Gyre gyre) throws Exception {
    Map<String, Spent> spent = new LinkedHashMap<>();
    for (String component : Gyre.COMPONENTS) {
      long pid = gyre.pid(component);
      spent.put(component, new Spent(Machine.cpuMillis(pid), Machine.waits(pid)));
    }
    return spent;
  }
}
