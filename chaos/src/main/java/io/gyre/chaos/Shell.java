package io.gyre.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs commands of the machine. */
final class Shell {
  private Shell() {}

  /** What a command ended with; {@code exit} is -1 where it had to be killed. */
  record Result(int exit, String out) {
    boolean ok() {
      return exit == 0;
    }
  }

  static Result run(Duration limit, Map<String, String> environment, List<String> command) {
    Path out = null;
    try {
      out = Files.createTempFile("chaos", ".out");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().keySet().removeIf(name -> name.startsWith("GYRE_"));
      builder.environment().putAll(environment);
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.redirectErrorStream(true).redirectOutput(out.toFile());
      Process process = builder.start();
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      return new Result(ended ? process.exitValue() : -1, Files.readString(out));
    } catch (IOException e) {
      return new Result(127, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result(-1, "interrupted");
    } finally {
      delete(out);
    }
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Result run(String... command) {
    return run(Duration.ofSeconds(60), Map.of(), List.of(command));
  }

  /** Runs a command that must succeed. */
  static String must(String... command) {
    Result result = run(command);
    if (!result.ok()) {
      throw new IllegalStateException(
          String.join(" ", command) + " failed with " + result.exit() + ": " + result.out());
    }
    return result.out();
  }

  static boolean has(String program) {
    return run("sh", "-c", "command -v " + program).ok();
  }

  /** The system's own where there is one: others may be scripts that start it. */
  static String python() {
    return Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
  }

  static void signal(long pid, String signal) {
    Result result = run("kill", "-" + signal, Long.toString(pid));
    if (!result.ok() && Files.exists(Path.of("/proc/" + pid))) {
      throw new IllegalStateException("kill -" + signal + " " + pid + ": " + result.out());
    }
  }

  static void pause(long ms) {
    try {
      TimeUnit.MILLISECONDS.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
