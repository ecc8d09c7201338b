import java.util.ArrayList;
import java.util.List;

/**
 * Rows 1 and 2: a host process is killed, with and without a Gyre that runs. All of them are up at
 * the same time: a Gyre that started the processes itself, one whose runtime host was killed since
 * and has adopted them, one of which nothing runs any more, and the peers.
 */
final class ProcessRestarts {
  static final String FRESH = "host process SIGKILL -> replacement runs";
  private static final String ADOPTED = "the same, adopted by the next runtime host";
  private static final String ORPHANED = "the same, every JVM of Gyre killed";
  private static final List<String> PEERS = List.of("runit", "pm2", "systemd", "supervisor", "s6");
  static final List<Against.Budget> BUDGETS =
      List.of(
          new Against.Budget("runit", 0.9),
          new Against.Budget("pm2", 0.5),
          new Against.Budget("systemd", 1),
          new Against.Budget("supervisor", 1),
          new Against.Budget("s6", 1));

  private final Workshop workshop;
  private final int workloads;
  private final int trials;

  ProcessRestarts(Workshop workshop) {
    this.workshop = workshop;
    this.workloads = workshop.quick() ? 5 : 6;
    this.trials = workshop.quick() ? 8 : 24;
  }

  List<Row> measure(boolean up, boolean down) throws Exception {
    List<GyreProcesses> gyres = new ArrayList<>();
    try (Keepers peers = Keepers.start(workshop, PEERS)) {
      for (Keeper peer : peers.present()) {
        start(peer);
      }
      if (up) {
        start(gyre(FRESH, gyres));
        start(gyre(ADOPTED, gyres)).gyre().replace("runtime");
      }
      if (down) {
        start(gyre(ORPHANED, gyres)).gyre().killAll();
      }
      List<Keeper> contenders = new ArrayList<>(peers.present());
      contenders.addAll(gyres);
      Against result = new Trials(workshop).run(contenders, trials);
      peers.explain(result);
      List<Row> rows = new ArrayList<>();
      for (GyreProcesses gyre : gyres) {
        int number = gyre.name().equals(ORPHANED) ? 2 : 1;
        rows.addAll(result.rows(number, gyre.name(), gyre.name(), peers.names(), BUDGETS));
      }
      return rows;
    } finally {
      for (GyreProcesses gyre : gyres) {
        gyre.gyre().reviveAndClose();
      }
    }
  }

  private GyreProcesses gyre(String name, List<GyreProcesses> gyres) throws Exception {
    GyreProcesses gyre = GyreProcesses.start(workshop, name);
    gyres.add(gyre);
    return gyre;
  }

  private <K extends Keeper> K start(K keeper) throws Exception {
    String prefix = keeper.name().replaceAll("[^a-z0-9]+", "-");
    List<String> labels =
        Beats.labels(prefix.substring(0, Math.min(30, prefix.length())), workloads);
    keeper.prepare(labels);
    keeper.apply();
    workshop.beats().awaitAll(labels, 30);
    return keeper;
  }
}
