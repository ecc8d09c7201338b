import java.util.List;
import java.util.stream.IntStream;

/** Row 3: the main process of a container is killed. */
final class ContainerRestarts {
  private static final String WHAT = "container SIGKILL -> new main process";

  // Without a network it does less, and is there to be looked at.
  static final List<Against.Budget> BUDGETS =
      List.of(new Against.Budget("docker --restart always, bridge", 0.85));

  private final Workshop workshop;

  ContainerRestarts(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    int containers = workshop.quick() ? 4 : 6;
    int trials = workshop.quick() ? 4 : 15;
    Docker docker = workshop.docker();
    Beats beats = workshop.beats();
    List<String> labels =
        IntStream.range(0, containers).mapToObj(number -> "box-" + number).toList();
    try (Gyre gyre = Gyre.start(workshop, "")) {
      gyre.apply(Manifests.containers(beats, labels));
      beats.awaitAll(labels, 60);
      Contender ours = Docker.containers("gyre", labels);
      Contender none = docker.engine("none", containers);
      Contender bridge = docker.bridged(containers);
      Against result = new Trials(workshop).run(List.of(ours, bridge, none), trials);
      return result.rows(3, WHAT, ours.name(), List.of(bridge.name(), none.name()), BUDGETS);
    }
  }
}
