import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Where the benchmarks work: a directory that everything started for them has in its arguments or
 * its environment, so that all of it is found again.
 */
final class Workshop {
  enum Pace {
    FULL(120),
    QUICK(15),
    CHECK(5);

    private final int patienceSeconds;

    Pace(int patienceSeconds) {
      this.patienceSeconds = patienceSeconds;
    }
  }

  private final Path directory;
  private final CleanUp cleanUp = new CleanUp();
  private final Path sources;
  private final Peers peers;
  private final Beats beats;
  private final Pace pace;
  private final Calm calm;
  private Optional<Docker> docker = Optional.empty();
  private String dockerReason = "";

  Workshop(Pace pace) throws Exception {
    this.pace = pace;
    this.calm = new Calm(pace.patienceSeconds);
    this.directory = Files.createTempDirectory("gyre-bench");
    // Containers look into a part of it.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    cleanUp.add(
        () -> {
          killMentioning(directory.toString());
          delete(directory);
        });
    this.sources = Path.of(System.getProperty("gyre.benchmarks")).toAbsolutePath().normalize();
    this.peers = new Peers(sources);
    this.beats = Beats.prepare(directory.resolve("beat"), sources);
  }

  Path directory() {
    return directory;
  }

  CleanUp cleanUp() {
    return cleanUp;
  }

  Beats beats() {
    return beats;
  }

  /** Of the benchmarks. */
  Path sources() {
    return sources;
  }

  Peers peers() {
    return peers;
  }

  Calm calm() {
    return calm;
  }

  /** With fewer trials. */
  boolean quick() {
    return pace != Pace.FULL;
  }

  /** Without anything that takes long to prepare. */
  boolean hurried() {
    return pace == Pace.CHECK;
  }

  /** The engine, with the image in it. */
  Docker docker() throws Exception {
    if (docker.isEmpty() && dockerReason.isEmpty()) {
      try {
        docker = Optional.of(Docker.connect(this));
      } catch (Unmeasured e) {
        dockerReason = e.getMessage();
      }
    }
    return docker.orElseThrow(() -> new Unmeasured(dockerReason));
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  static void until(long seconds, Condition condition, String otherwise) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new Unmeasured(otherwise);
      }
      Thread.sleep(2);
    }
  }

  /** Of the engine, where a row has asked for it. */
  Optional<String> dockerVersion() {
    return docker.isPresent()
        ? docker.map(Docker::version)
        : Optional.of(dockerReason).filter(reason -> !reason.isEmpty()).map("none: "::concat);
  }

  /** Until nothing that mentions it lives; what dies may have started something just before. */
  static void killMentioning(String text) throws IOException, InterruptedException {
    for (int round = 0; round < 100; round++) {
      List<Long> left = Machine.mentioning(text).stream().filter(Machine::alive).toList();
      if (left.isEmpty()) {
        return;
      }
      left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      Thread.sleep(20);
    }
    throw new IOException("processes are left of " + text);
  }

  static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
