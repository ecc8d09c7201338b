import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * systemd, with units that restart at once: the machine's own where it has booted with it, else the
 * same program booted in namespaces of its own.
 */
final class Systemd implements Keeper {
  private static final Path PROGRAM = Path.of("/lib/systemd/systemd");
  private static final Path BOOTED = Path.of("/run/systemd/system");
  private static final String PREFIX = "gyre-bench-";

  private final Beats beats;
  private final Path root;
  private final Path units;
  private final List<String> entry = new ArrayList<>();
  private final CleanUp.Registration registration;
  private Optional<Path> cgroup = Optional.empty();
  private String version = "";
  private List<String> labels = List.of();

  private Systemd(Workshop workshop, Path root, Path units) {
    this.beats = workshop.beats();
    this.root = root;
    this.units = units;
    this.registration = workshop.cleanUp().add(this::end);
  }

  static Systemd start(Workshop workshop) throws Exception {
    if (!Files.exists(PROGRAM)) {
      throw new Unmeasured("there is no " + PROGRAM);
    }
    Path root = Files.createTempDirectory(workshop.directory(), "systemd");
    boolean booted = Files.isDirectory(BOOTED);
    Path units = booted ? BOOTED : Files.createDirectories(root.resolve("units"));
    Systemd systemd = new Systemd(workshop, root, units);
    if (!booted) {
      systemd.boot(workshop);
    }
    systemd.version = systemd.systemctl("--version").need("systemctl --version").split(" ", 3)[1];
    return systemd;
  }

  private void boot(Workshop workshop) throws Exception {
    if (Command.onPath("unshare").isEmpty() || Command.onPath("nsenter").isEmpty()) {
      throw new Unmeasured("this machine has not booted with systemd, and has no unshare");
    }
    Path group = Files.createDirectories(cgroups().resolve(PREFIX + ProcessHandle.current().pid()));
    cgroup = Optional.of(group);
    Path scratch = Files.createDirectories(root.resolve("scratch"));
    List<String> words = new ArrayList<>(List.of("sh", "-c"));
    words.add("echo $$ >\"$0/cgroup.procs\" && exec \"$@\"");
    words.add(group.toString());
    words.addAll(List.of("unshare", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup"));
    words.addAll(List.of("--fork", "--kill-child=KILL"));
    words.add(workshop.sources().resolve("systemd-machine").toString());
    words.addAll(List.of(scratch.toString(), beats.directory().toString(), units.toString()));
    Process outer = Command.of(words).start();
    Workshop.until(
        20,
        () -> {
          if (!outer.isAlive()) {
            throw new Unmeasured("systemd can't be booted here (it takes root)");
          }
          Optional<ProcessHandle> inner = outer.children().findFirst();
          return inner.isPresent() && answers(inner.get().pid());
        },
        "the systemd that was booted does not answer");
  }

  private boolean answers(long inner) throws Exception {
    entry.clear();
    entry.addAll(List.of("nsenter", "-t", Long.toString(inner), "-a"));
    return systemctl("is-active", "-q", "basic.target").run().ok();
  }

  private static Path cgroups() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
      if (line.split(" ")[2].equals("cgroup2")) {
        return Path.of(line.split(" ")[1]);
      }
    }
    throw new Unmeasured("there is no cgroup2 file system for a systemd");
  }

  private Command systemctl(String... arguments) {
    List<String> words = new ArrayList<>(entry);
    words.add("systemctl");
    words.addAll(List.of(arguments));
    return Command.of(words);
  }

  @Override
  public void prepare(List<String> wanted) throws Exception {
    for (String label : wanted) {
      Files.writeString(
          units.resolve(unit(label)),
          """
          [Unit]
          StartLimitIntervalSec=0
          [Service]
          ExecStart=%s %s %s
          Restart=always
          RestartSec=0
          """
              .formatted(beats.program(), beats.pipe(), label));
    }
    labels = List.copyOf(wanted);
  }

  private static String unit(String label) {
    return PREFIX + label + ".service";
  }

  @Override
  public void apply() throws Exception {
    systemctl("daemon-reload").need("systemctl daemon-reload");
    List<String> words = new ArrayList<>(List.of("start"));
    labels.forEach(label -> words.add(unit(label)));
    systemctl(words.toArray(String[]::new)).need("systemctl start");
  }

  @Override
  public void remove() throws Exception {
    List<String> words = new ArrayList<>(List.of("stop"));
    labels.forEach(label -> words.add(unit(label)));
    systemctl(words.toArray(String[]::new)).need("systemctl stop");
    for (String label : labels) {
      Files.deleteIfExists(units.resolve(unit(label)));
    }
    systemctl("daemon-reload").need("systemctl daemon-reload");
  }

  @Override
  public String name() {
    return "systemd " + version;
  }

  @Override
  public List<String> labels() {
    return labels;
  }

  /** Inside it has another number. */
  @Override
  public long pid(String label) throws Exception {
    return Machine.only(label);
  }

  @Override
  public void close() {
    registration.close();
  }

  private void end() throws Exception {
    if (cgroup.isEmpty() && !labels.isEmpty()) {
      remove();
    }
    Workshop.killMentioning(root.toString());
    if (cgroup.isPresent()) {
      removeGroups(cgroup.get());
    }
  }

  private static void removeGroups(Path group) throws IOException, InterruptedException {
    if (!Files.exists(group)) {
      return;
    }
    List<Path> children;
    try (Stream<Path> found = Files.list(group)) {
      children = found.filter(Files::isDirectory).toList();
    }
    for (Path child : children) {
      removeGroups(child);
    }
    // What was killed leaves its group a moment later.
    for (int round = 0; round < 100 && !group.toFile().delete(); round++) {
      Thread.sleep(20);
    }
  }
}
