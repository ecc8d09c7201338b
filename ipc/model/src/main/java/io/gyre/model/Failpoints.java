package io.gyre.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Named places at which a test may make a process fail. Without {@code GYRE_FAILPOINTS} in the
 * environment (or {@code gyre.failpoints} as a system property) they do nothing; with it, it names
 * a directory in which a file called as the failpoint says what happens there, once:
 *
 * <pre>
 * kill         the process ends at once, as by SIGKILL
 * pause 500    this thread waits that many milliseconds
 * fail         a {@link GyreException} of kind UNAVAILABLE is thrown
 * </pre>
 *
 * The file is deleted before it acts. Names are {@code component.place.moment}, as in {@code
 * host.swap.before_flip}. Any thread.
 */
public final class Failpoints {
  private static final @Nullable Path DIRECTORY = directory();

  private Failpoints() {}

  /** Acts as the file of that name says; costs nothing worth mention where failpoints are off. */
  public static void hit(String name) {
    Path directory = DIRECTORY;
    if (directory != null) {
      hit(directory, name);
    }
  }

  static void hit(Path directory, String name) {
    Path file = directory.resolve(name);
    String action;
    try {
      if (!Files.exists(file)) {
        return;
      }
      action = Files.readString(file).strip();
      if (!Files.deleteIfExists(file)) {
        return;
      }
    } catch (IOException e) {
      return;
    }
    if (action.equals("kill")) {
      Runtime.getRuntime().halt(137);
    } else if (action.startsWith("pause ")) {
      long end = System.nanoTime() + Long.parseLong(action.substring(6).strip()) * 1_000_000;
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    } else {
      throw new GyreException(
          ErrorKind.UNAVAILABLE, "failpoint." + name, "failed at " + name + " as asked", null);
    }
  }

  private static @Nullable Path directory() {
    String named = System.getProperty("gyre.failpoints", System.getenv("GYRE_FAILPOINTS"));
    return named == null || named.isBlank() ? null : Path.of(named);
  }
}
