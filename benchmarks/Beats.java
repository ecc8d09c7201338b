import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The supervised workload, and the pipe in which each of its processes says that it was started.
 *
 * <p>With a C compiler the workload is {@code beat.c}, static, which tells the time of its start
 * itself. Without one it is a shell script, and the time is when its line arrives here; that adds
 * the start of a shell, about a millisecond, to everybody's times alike.
 */
final class Beats {
  private static final String HOST_SCRIPT =
      "#!/bin/sh\necho \"0 $$ $2\" >\"$1\"\nexec sleep 1000000\n";
  // Process 1 of a container ignores TERM unless it handles it.
  private static final String CONTAINER_SCRIPT =
      "#!/bin/sh\necho \"0 $$ $2\" >\"$1\"\ntrap 'exit 0' TERM\n"
          + "while :; do sleep 1000000 & wait $!; done\n";

  /**
   * @param nanos on the clock of {@link System#nanoTime}
   */
  record Beat(long nanos, long pid) {}

  private final Path directory;
  private final boolean compiled;
  private final Map<String, Beat> newest = new HashMap<>();

  private Beats(Path directory, boolean compiled) {
    this.directory = directory;
    this.compiled = compiled;
  }

  static Beats prepare(Path directory, Path sources) throws Exception {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Command.of("mkfifo", "-m", "666", directory.resolve("pipe").toString())
        .need("cannot make a pipe");
    Beats beats = new Beats(directory, compile(directory.resolve("beat"), sources));
    if (!beats.compiled) {
      Files.writeString(beats.program(), HOST_SCRIPT);
      Files.writeString(directory.resolve("beat.container"), CONTAINER_SCRIPT);
      executable(beats.program());
      executable(beats.containerProgram());
    }
    // Open for both: neither this nor a writer waits for the other side.
    RandomAccessFile pipe = new RandomAccessFile(beats.pipe().toFile(), "rw");
    Thread.ofPlatform().daemon().name("beats").start(() -> beats.read(pipe));
    return beats;
  }

  private static boolean compile(Path program, Path sources) throws Exception {
    if (Command.onPath("cc").isEmpty()) {
      return false;
    }
    String source = sources.resolve("beat.c").toString();
    return Command.of("cc", "-O2", "-static", "-o", program.toString(), source).run().ok();
  }

  static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  String method() {
    return compiled
        ? "static C program that tells the time of its start"
        : "shell script; the time is when its line arrives";
  }

  boolean compiled() {
    return compiled;
  }

  Path directory() {
    return directory;
  }

  Path program() {
    return directory.resolve("beat");
  }

  Path containerProgram() {
    return compiled ? program() : directory.resolve("beat.container");
  }

  Path pipe() {
    return directory.resolve("pipe");
  }

  private void read(RandomAccessFile pipe) {
    try (pipe;
        var lines =
            new BufferedReader(
                new InputStreamReader(new FileInputStream(pipe.getFD()), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long now = System.nanoTime();
        String[] fields = line.split(" ");
        long nanos = Long.parseLong(fields[0]);
        Beat beat = new Beat(nanos == 0 ? now : nanos, Long.parseLong(fields[1]));
        synchronized (newest) {
          newest.put(fields[2], beat);
          newest.notifyAll();
        }
      }
    } catch (IOException e) {
      System.err.println("gyre bench: the pipe broke: " + e);
    }
  }

  Optional<Beat> newest(String label) {
    synchronized (newest) {
      return Optional.ofNullable(newest.get(label));
    }
  }

  /** Names that no other run on this machine uses. */
  static List<String> labels(String prefix, int count) {
    String run = Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX);
    return IntStream.range(0, count).mapToObj(i -> prefix + "-" + run + "-" + i).toList();
  }

  /** The first start after a time. */
  Beat await(String label, long after, long seconds) throws InterruptedException, Unmeasured {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    synchronized (newest) {
      while (true) {
        Beat beat = newest.get(label);
        if (beat != null && beat.nanos > after) {
          return beat;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new Unmeasured(label + " was not started within " + seconds + " s");
        }
        newest.wait(left);
      }
    }
  }

  void awaitAll(Collection<String> labels, long seconds) throws InterruptedException, Unmeasured {
    for (String label : labels) {
      await(label, Long.MIN_VALUE, seconds);
    }
  }
}
