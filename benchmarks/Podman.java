import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * podman, with storage of its own in the workshop. Its containers have no network, for its networks
 * would be the machine's.
 */
final class Podman implements AutoCloseable {
  private static final String IMAGE = "localhost/" + Docker.IMAGE;

  private final Workshop workshop;
  private final Path root;
  private final List<String> entry = new ArrayList<>();
  private final CleanUp.Registration registration;

  private Podman(Workshop workshop, Path root) {
    this.workshop = workshop;
    this.root = root;
    this.registration = workshop.cleanUp().add(this::remove);
  }

  static Podman start(Workshop workshop) throws Exception {
    workshop.peers().command("podman");
    // It wants short paths.
    Path root = Files.createDirectories(workshop.directory().resolve("podman"));
    Podman podman = new Podman(workshop, root);
    podman.enter();
    StringBuilder config = new StringBuilder("[engine]\ncgroup_manager = \"cgroupfs\"\n");
    config.append("events_logger = \"file\"\n");
    if (Command.onPath("runc").isPresent()) {
      config.append("runtime = \"runc\"\n");
    }
    workshop
        .peers()
        .find("conmon")
        .ifPresent(file -> config.append("conmon_path = [\"%s\"]\n".formatted(file)));
    config.append("[network]\nnetwork_backend = \"cni\"\n");
    Files.writeString(root.resolve("containers.conf"), config);
    Files.writeString(
        root.resolve("policy.json"), "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n");
    workshop.docker().save(root.resolve("image.tar"));
    String policy = root.resolve("policy.json").toString();
    String archive = root.resolve("image.tar").toString();
    podman.podman("load", "-q", "--signature-policy", policy, "-i", archive).need("podman load");
    return podman;
  }

  /**
   * What podman starts by itself doesn't know where its libraries were unpacked. It sees them where
   * they would be installed, and has its mounts to itself.
   */
  private void enter() throws Exception {
    Optional<Path> unpacked = workshop.peers().unpackedLibraries("podman");
    if (unpacked.isEmpty()) {
      return;
    }
    Path ready = root.resolve("ready");
    Path place = Path.of("/usr/lib").resolve(unpacked.get().getFileName());
    String mount =
        "mount -t overlay -o lowerdir=%s:%s overlay %s && : >%s && exec sleep 1000000"
            .formatted(unpacked.get(), place, place, ready);
    Process room =
        Command.of("unshare", "-m", "sh", "-c", mount)
            .with(Map.of("GYRE_BENCH", root.toString()))
            .start();
    Workshop.until(10, () -> Files.exists(ready), "podman can't be given its libraries");
    entry.addAll(List.of("nsenter", "-m", "-t", Long.toString(room.pid())));
  }

  private Command podman(String... arguments) throws Unmeasured {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--root", root.resolve("root").toString()));
    words.addAll(List.of("--runroot", root.resolve("run").toString()));
    words.addAll(List.of("--tmpdir", root.resolve("tmp").toString()));
    words.addAll(List.of(arguments));
    return workshop
        .peers()
        .command("podman", words.toArray(String[]::new))
        .after(entry.toArray(String[]::new))
        .with(Map.of("CONTAINERS_CONF", root.resolve("containers.conf").toString()));
  }

  /** Containers that it restarts itself. */
  Contender containers(int count) throws Exception {
    String version = podman("--version").need("podman --version").replaceAll("[^0-9.]", "");
    List<String> labels = Beats.labels("podman", count);
    Beats beats = workshop.beats();
    for (String label : labels) {
      List<String> words = new ArrayList<>(List.of("run", "-d", "--pull", "never"));
      words.addAll(List.of("--restart", "always", "--network", "none", "--log-driver", "none"));
      // Its defaults are more than the root of a container host may have.
      words.addAll(List.of("--ulimit", "nofile=20000:20000", "--ulimit", "nproc=30000:30000"));
      words.addAll(List.of("--volume", beats.directory() + ":/beat", IMAGE));
      words.addAll(List.of("/bin/beat", "/beat/pipe", label));
      podman(words.toArray(String[]::new)).need("podman run");
    }
    beats.awaitAll(labels, 60);
    return Docker.containers("podman " + version + " --restart=always, none", labels);
  }

  @Override
  public void close() {
    registration.close();
  }

  private void remove() throws Exception {
    podman("rm", "-f", "-t", "0", "-a").run();
    podman("rmi", "-f", "-a").run();
    Workshop.killMentioning(root.toString());
    for (String line : Files.readAllLines(Path.of("/proc/mounts")).reversed()) {
      String place = line.split(" ")[1];
      if (place.startsWith(root.toString())) {
        Command.of("umount", "-l", place).run();
      }
    }
  }
}
