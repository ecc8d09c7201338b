import java.util.ArrayList;
import java.util.List;

/** Row 3: the main process of a container is killed. */
final class ContainerRestarts {
  static final String WHAT = "container SIGKILL -> new main process";

  // Without a network it does less, and is there to be looked at.
  static final List<Against.Budget> BUDGETS =
      List.of(new Against.Budget("docker --restart always, bridge", 0.85));

  private final Workshop workshop;

  ContainerRestarts(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    int containers = workshop.quick() ? 4 : 6;
    int trials = workshop.quick() ? 4 : 20;
    Docker docker = workshop.docker();
    Beats beats = workshop.beats();
    List<String> labels = Beats.labels("box", containers);
    try (Gyre gyre = Gyre.start(workshop, "")) {
      gyre.apply(Manifests.containers(beats, labels));
      beats.awaitAll(labels, 60);
      Contender ours = Docker.containers("gyre", labels);
      Contender none = docker.engine("none", containers);
      Contender bridge = docker.bridged(containers);
      try (Other other = other(containers)) {
        List<Contender> contenders = new ArrayList<>(List.of(ours, bridge, none));
        contenders.addAll(other.contenders());
        Against result = new Trials(workshop).run(contenders, trials);
        List<String> peers = new ArrayList<>(List.of(bridge.name(), none.name()));
        other.contenders().forEach(podman -> peers.add(podman.name()));
        if (other.contenders().isEmpty()) {
          peers.add("podman");
          result.missing("podman", other.reason());
        }
        return result.rows(3, WHAT, ours.name(), peers, BUDGETS);
      }
    }
  }

  /** podman with its containers, or why there is none. */
  private record Other(List<Podman> podman, List<Contender> contenders, String reason)
      implements AutoCloseable {
    @Override
    public void close() {
      podman.forEach(Podman::close);
    }
  }

  private Other other(int containers) throws Exception {
    try {
      Podman podman = Podman.start(workshop);
      return new Other(List.of(podman), List.of(podman.containers(containers)), "");
    } catch (Unmeasured e) {
      return new Other(List.of(), List.of(), e.getMessage());
    }
  }
}
