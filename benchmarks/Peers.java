import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The programs that Gyre is measured against: those of this machine, or those in a directory of
 * their own beside these sources, where {@code --install} unpacks them. Nothing is ever installed
 * into the machine, and no service of it is started.
 */
final class Peers {
  private static final List<String> PACKAGES =
      List.of("runit", "s6", "supervisor", "podman", "docker-compose");

  private final Path directory;

  Peers(Path benchmarks) {
    this.directory = benchmarks.resolve("target").resolve("peers").toAbsolutePath().normalize();
  }

  Path directory() {
    return directory;
  }

  /** Fetches what is missing, with the package lists and sources that apt has. */
  void install() throws Exception {
    Files.createDirectories(directory);
    if (Command.onPath("apt-get").isEmpty() || Command.onPath("dpkg-deb").isEmpty()) {
      System.err.println("gyre bench: without apt-get only pm2 can be fetched");
      return;
    }
    Path archives = Files.createTempDirectory(directory, "archives");
    try {
      for (String each : PACKAGES) {
        if (!Files.exists(stamp(each))) {
          System.err.println("gyre bench: fetching " + each);
          fetch(each, archives);
        }
      }
    } finally {
      Workshop.delete(archives);
    }
  }

  private Path stamp(String name) {
    return directory.resolve("." + name);
  }

  /** With what it needs and this machine doesn't have. */
  private void fetch(String name, Path archives) throws Exception {
    Command.Result plan =
        Command.of("apt-get", "install", "-s", "-y", "--no-install-recommends", name).run();
    // "Inst NAME [OLD] (NEW ...)" is there, and only newer elsewhere.
    List<String> missing =
        plan.out()
            .lines()
            .filter(line -> line.matches("Inst \\S+ \\(.*"))
            .map(line -> line.split(" ")[1])
            .toList();
    if (!plan.ok() || missing.isEmpty()) {
      System.err.println("gyre bench: " + name + " can't be had from apt: " + plan.complaint());
      return;
    }
    List<String> download =
        new ArrayList<>(List.of("sh", "-c", "cd \"$0\" && apt-get -q download"));
    download.set(2, download.get(2) + " \"$@\"");
    download.add(archives.toString());
    download.addAll(missing);
    Command.Result result = Command.of(download).within(300).run();
    if (!result.ok()) {
      System.err.println("gyre bench: " + name + " can't be fetched: " + result.complaint());
      return;
    }
    try (Stream<Path> files = Files.list(archives)) {
      for (Path file : files.toList()) {
        Command.of("dpkg-deb", "-x", file.toString(), directory.toString()).need("dpkg-deb");
        Files.delete(file);
      }
    }
    Files.writeString(stamp(name), "");
  }

  /** Of this machine, else of the directory. */
  Optional<Path> find(String program) {
    Optional<Path> found = Command.onPath(program);
    for (String place : List.of("usr/bin", "usr/sbin", "bin", "sbin")) {
      Path file = directory.resolve(place).resolve(program);
      if (found.isEmpty() && Files.isExecutable(file)) {
        found = Optional.of(file);
      }
    }
    return found;
  }

  /** A command line of a peer, with what it needs to find the rest of itself. */
  Command command(String program, String... arguments) throws Unmeasured {
    Path file =
        find(program)
            .orElseThrow(
                () -> new Unmeasured("there is no " + program + " here; --install fetches it"));
    List<String> words = new ArrayList<>(List.of(file.toString()));
    words.addAll(List.of(arguments));
    Command command = Command.of(words);
    return file.startsWith(directory) ? command.with(environment()) : command;
  }

  /**
   * The same for a program that finds its parts only where they are installed: it sees those of the
   * directory there, and nobody else does.
   */
  Command inPlace(String program, String... arguments) throws Unmeasured {
    Command command = command(program, arguments);
    Path unpacked = directory.resolve("usr/bin");
    if (Command.onPath(program).isPresent() || !Files.exists(unpacked.resolve(program))) {
      return command;
    }
    String mount = "mount -t overlay -o lowerdir=%s:/usr/bin overlay /usr/bin && exec \"$@\"";
    return command.after("unshare", "-m", "sh", "-c", mount.formatted(unpacked), "sh");
  }

  /** Where those of a program are that is not of this machine. */
  Optional<Path> unpackedLibraries(String program) throws IOException {
    if (find(program).filter(file -> file.startsWith(directory)).isEmpty()) {
      return Optional.empty();
    }
    try (Stream<Path> places = Files.list(directory.resolve("usr/lib"))) {
      return places.filter(place -> place.getFileName().toString().contains("-linux-")).findAny();
    }
  }

  private Map<String, String> environment() {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    return Map.of(
        "PATH", directory + "/usr/bin:" + directory + "/bin:" + directory + "/usr/sbin:" + path,
        "LD_LIBRARY_PATH", libraries(),
        "PYTHONPATH", directory + "/usr/lib/python3/dist-packages");
  }

  private String libraries() {
    try (Stream<Path> places = Files.list(directory.resolve("usr/lib"))) {
      return String.join(
          ":", places.filter(Files::isDirectory).map(Path::toString).sorted().toList());
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * pm2 of this machine, or installed by npm into the directory.
   *
   * @param fetch otherwise only what is there already
   */
  Path pm2(boolean fetch) throws Exception {
    Path installed = directory.resolve("npm/node_modules/.bin/pm2");
    Optional<Path> found = Command.onPath("pm2");
    if (found.isPresent() || Files.exists(installed)) {
      return found.orElse(installed);
    }
    if (!fetch) {
      throw new Unmeasured("pm2 was not installed before");
    }
    if (Command.onPath("npm").isEmpty()) {
      throw new Unmeasured("neither pm2 nor npm is installed");
    }
    Path place = Files.createDirectories(directory.resolve("npm"));
    List<String> install = new ArrayList<>(List.of("npm", "install", "--silent", "--no-fund"));
    install.addAll(List.of("--no-audit", "--prefix", place.toString(), "pm2"));
    Command.of(install).need("npm cannot install pm2");
    return installed;
  }
}
