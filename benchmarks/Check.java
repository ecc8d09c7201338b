import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The rows that a machine with other work can tell in less than a minute: ratios to the peers that
 * are there already, and memory. One Gyre does all of it, so that nothing waits twice.
 */
final class Check {
  /** On a busy machine ratios are off by a third at times, memory hardly is. */
  static final double SHARE_SLACK = 1.3;

  static final double LIMIT_SLACK = 1.1;

  private static final int WORKLOADS = 5;
  private static final int CONTAINERS = 4;
  private static final int PROCESS_TRIALS = 7;
  private static final int CONTAINER_TRIALS = 5;
  private static final int LEAST_TRIALS = 3;

  // Of all of it, the start of what is measured included.
  private static final long PROCESSES_END_SECONDS = 32;
  private static final long CONTAINERS_END_SECONDS = 44;
  private static final String GYRE = "gyre";

  private final long began = System.nanoTime();

  private final Workshop workshop;

  Check(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    List<Row> rows = new ArrayList<>();
    Engine engine = engine();
    try (Gyre gyre = Gyre.prepare(workshop, "").build();
        Keepers peers = Keepers.start(workshop, List.of("runit", "pm2"))) {
      Beats beats = workshop.beats();
      List<String> ours = Beats.labels(GYRE, WORKLOADS);
      gyre.apply(Manifests.processes(beats, ours));
      List<String> boxes = Beats.labels("box", CONTAINERS);
      List<Contender> engines = new ArrayList<>();
      for (Docker docker : engine.docker()) {
        gyre.apply(Manifests.containers(beats, boxes));
        beats.awaitAll(boxes, 60);
        engines.add(Docker.containers(GYRE, boxes));
        engines.add(docker.bridged(CONTAINERS));
      }
      for (Keeper peer : peers.present()) {
        peer.prepare(Beats.labels(peer.name().split(" ")[0], WORKLOADS));
        peer.apply();
        beats.awaitAll(peer.labels(), 30);
      }
      beats.awaitAll(ours, 30);
      // Meanwhile all of them come to have lived long enough to be killed.
      Thread.sleep(7_000);
      rows.addAll(
          Idle.memory(
              gyre,
              engines.isEmpty() ? "processes, no Docker" : "processes and containers",
              engines.isEmpty() ? 0 : Idle.DOCKER_PLUGIN_MB));
      List<Contender> contenders = new ArrayList<>(peers.present());
      contenders.add(GyreProcesses.contender(beats, GYRE, ours));
      Against processes = trials(contenders, PROCESS_TRIALS, PROCESSES_END_SECONDS);
      peers.explain(processes);
      rows.addAll(
          processes.rows(1, ProcessRestarts.FRESH, GYRE, peers.names(), ProcessRestarts.BUDGETS));
      rows.addAll(containers(engines, engine.reason()));
    }
    return rows;
  }

  private Against trials(List<Contender> contenders, int most, long endSeconds) throws Exception {
    long end = began + TimeUnit.SECONDS.toNanos(endSeconds);
    return new Trials(workshop).run(contenders, LEAST_TRIALS, most, end);
  }

  private List<Row> containers(List<Contender> contenders, String reason) throws Exception {
    if (contenders.isEmpty()) {
      return List.of(Row.missing(3, ContainerRestarts.WHAT, reason));
    }
    return trials(contenders, CONTAINER_TRIALS, CONTAINERS_END_SECONDS)
        .rows(
            3,
            ContainerRestarts.WHAT,
            GYRE,
            List.of(contenders.getLast().name()),
            ContainerRestarts.BUDGETS);
  }

  /** Docker, or why there is none. */
  private record Engine(List<Docker> docker, String reason) {}

  private Engine engine() throws Exception {
    try {
      return new Engine(List.of(workshop.docker()), "");
    } catch (Unmeasured e) {
      return new Engine(List.of(), e.getMessage());
    }
  }
}
