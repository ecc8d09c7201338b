import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The engine that the docker command reaches, and what was made in it. */
final class Docker {
  // Several may run on one machine.
  private static final long RUN = ProcessHandle.current().pid();

  static final String IMAGE = "gyre-bench/busybox:" + RUN;
  static final String LABEL_NAME = "gyre-bench";
  static final String LABEL_VALUE = Long.toString(RUN);
  private static final String NETWORK = "gyre-bench-" + RUN;
  private static final String LABEL = LABEL_NAME + "=" + LABEL_VALUE;

  private final Beats beats;
  private final String version;

  private Docker(Beats beats, String version) {
    this.beats = beats;
    this.version = version;
  }

  static Docker connect(Workshop workshop) throws Exception {
    if (Command.onPath("docker").isEmpty()) {
      throw new Unmeasured("there is no docker command");
    }
    String version =
        docker("version", "--format", "{{.Server.Version}}")
            .within(10)
            .need("the Docker engine does not answer");
    Docker docker = new Docker(workshop.beats(), version);
    workshop
        .cleanUp()
        .add(
            () -> {
              removeLabelled(LABEL);
              docker("rmi", "-f", IMAGE).run();
            });
    docker.image(workshop.directory().resolve("image"));
    docker("network", "create", "--label", LABEL, NETWORK).need("cannot make a network");
    return docker;
  }

  private static Command docker(String... arguments) {
    List<String> words = new ArrayList<>(List.of("docker"));
    words.addAll(List.of(arguments));
    return Command.of(words);
  }

  String version() {
    return version;
  }

  private void image(Path root) throws Exception {
    Path programs = Files.createDirectories(root.resolve("bin"));
    Files.copy(beats.containerProgram(), programs.resolve("beat"));
    Optional<Path> busybox = Command.onPath("busybox");
    if (busybox.isPresent()) {
      Files.copy(busybox.get(), programs.resolve("busybox"));
      for (String applet : List.of("sh", "sleep")) {
        Files.createSymbolicLink(programs.resolve(applet), Path.of("busybox"));
      }
    } else if (!beats.compiled()) {
      throw new Unmeasured("the image needs a C compiler or a static busybox");
    }
    Command.of("sh", "-c", "tar -C \"$0\" -c . | docker import - " + IMAGE, root.toString())
        .need("cannot import an image");
    // Pipe and label are missing: a program that can run ends with an error of its own.
    Command.Result trial =
        docker("run", "--rm", "--network", "none", IMAGE, "/bin/beat", "/nowhere/at/all").run();
    if (trial.exit() > 2) {
      throw new Unmeasured("the image does not run: " + trial.complaint());
    }
  }

  void save(Path archive) throws Exception {
    docker("save", "-o", archive.toString(), IMAGE).need("docker save");
  }

  /** As Gyre's manifest wants it. */
  String mount() {
    return beats.directory().toString();
  }

  /** Containers that the engine itself restarts. */
  Contender engine(String network, int containers) throws Exception {
    String kind = network.equals("none") ? "none" : "bridge";
    List<String> labels = Beats.labels("docker-" + kind, containers);
    for (String label : labels) {
      List<String> words = new ArrayList<>(List.of("run", "-d", "--restart", "always"));
      words.addAll(List.of("--network", network, "--label", LABEL));
      words.addAll(List.of("--volume", mount() + ":/beat", IMAGE));
      words.addAll(List.of("/bin/beat", "/beat/pipe", label));
      docker(words.toArray(String[]::new)).need("docker run");
    }
    beats.awaitAll(labels, 60);
    return containers("docker --restart always, " + kind, labels);
  }

  Contender bridged(int containers) throws Exception {
    return engine(NETWORK, containers);
  }

  static Contender containers(String name, List<String> labels) {
    return new Contender.Part(name, labels, Machine::only);
  }

  /** Containers and networks; does nothing where there is no engine. */
  static void removeLabelled(String label) throws IOException, InterruptedException {
    if (Command.onPath("docker").isEmpty()) {
      return;
    }
    List<String> containers = ids("ps", "-aq", "--filter", "label=" + label);
    if (!containers.isEmpty()) {
      docker(command(List.of("rm", "-f", "-v"), containers)).run();
    }
    List<String> networks = ids("network", "ls", "-q", "--filter", "label=" + label);
    if (!networks.isEmpty()) {
      docker(command(List.of("network", "rm"), networks)).run();
    }
  }

  private static List<String> ids(String... arguments) throws IOException, InterruptedException {
    Command.Result result = docker(arguments).within(30).run();
    return result.ok() ? result.out().lines().toList() : List.of();
  }

  private static String[] command(List<String> verb, List<String> ids) {
    List<String> words = new ArrayList<>(verb);
    words.addAll(ids);
    return words.toArray(String[]::new);
  }
}
