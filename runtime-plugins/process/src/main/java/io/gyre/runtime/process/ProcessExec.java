package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Runs commands as the workload's user, in its directory, environment and cgroups. All that a
 * command starts carries its mark and is killed when it ends.
 */
final class ProcessExec implements InstanceExec {
  /**
   * Outside of root a process may not move to where the user's service manager has put another,
   * unless it is below that manager itself: then the command is in no group of the instance's.
   */
  private static final String SCRIPT =
      ". ./cgroup; for file in $join; do echo 0 >\"$file\" || exit 126; done;"
          + " for file in $GYRE_UNIT; do"
          + " { echo 0 >\"$file\"; } 2>/dev/null || [ \"$(id -u)\" != 0 ] || exit 126; done;"
          + " unset GYRE_UNIT; . ./run.sh";

  private final Instances instances;
  private final ExecutorService executor;
  private final Set<Running> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private record Running(Process process, String mark) {
    void kill() {
      process.destroyForcibly();
      Strays.killExec(mark);
    }
  }

  ProcessExec(Instances instances, ExecutorService executor) {
    this.instances = instances;
    this.executor = executor;
  }

  @Override
  public int exec(
      String id, List<String> command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure {
    if (closed) {
      throw ProcessWorkloadRuntime.closed();
    }
    long main = check(id, command);
    Running started;
    try {
      started = launch(id, main, command);
    } catch (IOException e) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.ENGINE,
          "exec_failed",
          "Can't run '" + command.getFirst() + "': " + e.getMessage(),
          null,
          e);
    }
    running.add(started);
    try {
      return converse(started, stdin, stdout, stderr);
    } finally {
      started.kill();
      running.remove(started);
    }
  }

  /** Returns the pid of the main process. */
  private long check(String id, List<String> command) throws RuntimeFailure {
    try {
      InstanceStatus status = instances.status(id).orElseThrow(() -> instances.unknown(id));
      Long main = status.pid();
      if (status.state() != InstanceStatus.State.RUNNING || main == null) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.CONFLICT,
            "instance_not_running",
            "The instance " + id + " isn't running but " + status.state() + ".",
            null);
      }
      if (command.isEmpty() || command.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.INVALID,
            "command_invalid",
            "The command is empty or holds a NUL character.",
            null);
      }
      Optional<Identity> identity = instances.identity(id);
      if (identity.isPresent()) {
        Programs.check(command.getFirst(), identity.get().directory(), identity.get().path());
      }
      return main;
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't read the state of " + id, e);
    }
  }

  private Running launch(String id, long main, List<String> command)
      throws IOException, RuntimeFailure {
    String mark = UUID.randomUUID().toString();
    List<String> all = new ArrayList<>(List.of(Machine.tool("sh"), "-c", SCRIPT, "exec"));
    all.addAll(command);
    InstanceDirectory directory = instances.directory(id);
    String join =
        directory.unit().stream()
            .flatMap(unit -> Cgroups.entriesOfUnit(main, unit).stream())
            .map(Path::toString)
            .collect(Collectors.joining(" "));
    ProcessBuilder builder = new ProcessBuilder(all).directory(directory.path().toFile());
    builder.environment().clear();
    builder.environment().put("PATH", Machine.path());
    builder.environment().put(Strays.EXEC, mark);
    builder.environment().put("GYRE_UNIT", join);
    return new Running(builder.start(), mark);
  }

  /** Standard output goes on the calling thread, the rest beside it. */
  private int converse(Running command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure {
    Process process = command.process;
    Future<?> input = executor.submit(() -> feed(stdin, process.getOutputStream()));
    Future<?> errors =
        executor.submit(
            () -> {
              process.getErrorStream().transferTo(stderr);
              stderr.flush();
              return true;
            });
    // Children of the command may hold its outputs open: with the command they end, and so do we.
    Future<?> end =
        executor.submit(
            () -> {
              process.waitFor();
              Strays.killExec(command.mark);
              return true;
            });
    try {
      process.getInputStream().transferTo(stdout);
      stdout.flush();
      errors.get();
      end.get();
      if (closed) {
        throw ProcessWorkloadRuntime.closed();
      }
      return process.exitValue();
    } catch (IOException | ExecutionException e) {
      throw closed ? ProcessWorkloadRuntime.closed() : outputLost(e);
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

  private static RuntimeFailure outputLost(Exception cause) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.CONFLICT,
        "exec_output_lost",
        "The command was ended because its output can't be delivered: " + cause.getMessage(),
        null,
        cause);
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

  /** Ends all commands. */
  void close() {
    closed = true;
    running.forEach(Running::kill);
  }
}
