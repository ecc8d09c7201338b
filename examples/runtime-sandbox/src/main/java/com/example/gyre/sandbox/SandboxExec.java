package com.example.gyre.sandbox;

import com.example.gyre.sandbox.Notes.Run;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs commands in the namespaces of a sandbox. All that a command starts carries its mark. */
final class SandboxExec implements InstanceExec {
  private static final String MARK = "GYRE_SANDBOX_EXEC";

  private final SandboxRuntime runtime;
  private final List<String> namespaces;
  private final ScheduledExecutorService executor;
  private final Set<Running> running = ConcurrentHashMap.newKeySet();

  SandboxExec(SandboxRuntime runtime, List<String> namespaces, ScheduledExecutorService executor) {
    this.runtime = runtime;
    this.namespaces = namespaces;
    this.executor = executor;
  }

  private record Running(Process process, String mark) {
    void kill() {
      process.destroyForcibly();
      sweep();
    }

    /** A process may fork while we look, so until there is none. */
    void sweep() {
      int found = 1;
      for (int i = 0; i < 20 && found > 0; i++) {
        found = killMarked();
      }
    }

    private int killMarked() {
      int found = 0;
      String entry = MARK + "=" + mark + "\0";
      try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
        for (Path one : all) {
          if (environment(one).contains(entry)) {
            found++;
            ProcessHandle.of(Long.parseLong(one.getFileName().toString()))
                .ifPresent(ProcessHandle::destroyForcibly);
          }
        }
      } catch (IOException e) {
        return found;
      }
      return found;
    }

    private static String environment(Path process) {
      try {
        return Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
      } catch (IOException e) {
        return "";
      }
    }
  }

  @Override
  public int exec(
      String id, List<String> command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure {
    Sandbox sandbox = runtime.find(id);
    Path script = sandbox.file("exec-" + UUID.randomUUID());
    try {
      Running started = launch(sandbox, command, script);
      running.add(started);
      try {
        runtime.requireOpen();
        return converse(started, stdin, stdout, stderr);
      } finally {
        started.kill();
        running.remove(started);
      }
    } catch (IOException e) {
      throw Failures.disk(e);
    } finally {
      var _ = script.toFile().delete();
    }
  }

  private Running launch(Sandbox sandbox, List<String> command, Path script)
      throws IOException, RuntimeFailure {
    Optional<Run> run = sandbox.run();
    Optional<Properties> made = sandbox.made();
    if (run.isEmpty() || made.isEmpty() || !run.get().main().alive()) {
      throw new RuntimeFailure(
          Kind.CONFLICT, "instance_not_running", sandbox.id() + " doesn't run.", null);
    }
    Path working = Path.of(made.get().getProperty("working"));
    SandboxSpec.checkProgram(command, made.get().getProperty("path"), working);
    Files.writeString(
        script, Files.readString(sandbox.file("environment")) + SandboxSpec.commandScript(command));
    String target = Long.toString(run.get().init().number());
    List<String> all = new ArrayList<>(List.of("nsenter", "--target", target, "--pid", "--mount"));
    all.addAll(namespaces);
    all.addAll(List.of("--", "sh", script.toString()));
    ProcessBuilder builder = SandboxPlugin.tool(all);
    String mark = UUID.randomUUID().toString();
    builder.environment().put(MARK, mark);
    return new Running(builder.start(), mark);
  }

  /** Standard output goes on the calling thread, the rest beside it. */
  private int converse(Running command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure {
    Process process = command.process;
    Future<?> input = executor.submit(() -> feed(stdin, process.getOutputStream()));
    Future<?> errors = executor.submit(() -> copy(process.getErrorStream(), stderr));
    // Children may hold the outputs open: they end with the command.
    Future<?> end =
        executor.submit(
            () -> {
              process.waitFor();
              // Without closing the streams, of which the last may not have been read yet.
              command.sweep();
              return true;
            });
    try {
      copy(process.getInputStream(), stdout);
      errors.get();
      end.get();
      runtime.requireOpen();
      return process.exitValue();
    } catch (IOException | ExecutionException e) {
      throw outputLost(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw outputLost(e);
    } finally {
      command.kill();
      input.cancel(true);
      settle(errors);
      settle(end);
    }
  }

  private RuntimeFailure outputLost(Exception cause) throws RuntimeFailure {
    runtime.requireOpen();
    return new RuntimeFailure(
        Kind.CONFLICT,
        "exec_output_lost",
        "The command was ended because its output can't be delivered: " + cause.getMessage(),
        null,
        cause);
  }

  private static boolean copy(InputStream from, OutputStream to) throws IOException {
    from.transferTo(to);
    to.flush();
    return true;
  }

  private static void feed(InputStream from, OutputStream to) {
    try (to) {
      byte[] buffer = new byte[8192];
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        to.write(buffer, 0, n);
        to.flush();
      }
    } catch (IOException e) {
      // The command doesn't read any more, or the caller doesn't write.
    }
  }

  private static void settle(Future<?> task) {
    try {
      task.get(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      task.cancel(true);
    }
  }

  /** Ends all commands. */
  void close() {
    running.forEach(Running::kill);
  }
}
