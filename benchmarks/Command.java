import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A program that is run to its end, or a daemon. */
final class Command {
  private static volatile boolean stopping;

  private final List<String> words;
  private final Map<String, String> environment = new HashMap<>();
  private long timeoutSeconds = 120;

  private Command(List<String> words) {
    this.words = words;
  }

  record Result(int exit, String out, String err) {
    boolean ok() {
      return exit == 0;
    }

    /** What it complained with last, as one line. */
    String complaint() {
      List<String> lines =
          (err.isBlank() ? out : err).lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
      return lines.isEmpty()
          ? "exit status " + exit
          : String.join("; ", lines.subList(Math.max(0, lines.size() - 4), lines.size()));
    }
  }

  static Command of(String... words) {
    return new Command(List.of(words));
  }

  static Command of(List<String> words) {
    return new Command(List.copyOf(words));
  }

  /** From now on commands are refused, except those of the calling thread's clean-up. */
  static void stopOthers() {
    stopping = true;
    Thread.currentThread().setName("clean-up");
  }

  Command with(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  /** The same, run by another command. */
  Command after(String... runner) {
    List<String> all = new ArrayList<>(List.of(runner));
    all.addAll(words);
    Command command = new Command(all);
    command.environment.putAll(environment);
    return command;
  }

  Command within(long seconds) {
    timeoutSeconds = seconds;
    return this;
  }

  Result run() throws IOException, InterruptedException {
    if (stopping && !Thread.currentThread().getName().equals("clean-up")) {
      // The shutdown hook is at work and ends this JVM.
      Thread.sleep(Long.MAX_VALUE);
    }
    Path out = Files.createTempFile("gyre-bench", ".out");
    Path err = Files.createTempFile("gyre-bench", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(words);
      out.toFile().deleteOnExit();
      err.toFile().deleteOnExit();
      builder.environment().putAll(environment);
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.redirectOutput(out.toFile()).redirectError(err.toFile());
      Process process = builder.start();
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Result(
            -1, Files.readString(out), "no end after " + timeoutSeconds + " s: " + words);
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** A daemon: goes on by itself, and what it prints is lost. */
  Process start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }

  /** Its output. */
  String need(String what) throws IOException, InterruptedException, Unmeasured {
    Result result = run();
    if (!result.ok()) {
      throw new Unmeasured(what + ": " + result.complaint());
    }
    return result.out().strip();
  }

  static Optional<Path> onPath(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, program);
      if (Files.isExecutable(file) && !Files.isDirectory(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }
}
