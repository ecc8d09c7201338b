package io.gyre.runtime.docker;

import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.model.Container;
import io.gyre.runtime.docker.Frames.Frame;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs commands in containers. The engine has no way to end a command it runs, so each carries a
 * mark in its environment, by which what is left of it is found and killed; that needs an engine on
 * this host and the right to signal its processes.
 */
final class ContainerExec implements InstanceExec {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerExec.class);
  private static final String MARK = "GYRE_EXEC";

  /** How the engine's own words begin where there is no program to print any. */
  private static final String NO_PROGRAM = "OCI runtime exec failed";

  private static final int EXIT_LOOKS = 300;

  private final Engine engine;
  private final Containers containers;
  private final ScheduledExecutorService executor;

  ContainerExec(Engine engine, Containers containers, ScheduledExecutorService executor) {
    this.engine = engine;
    this.containers = containers;
    this.executor = executor;
  }

  @Override
  public int exec(
      String id, List<String> command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure {
    try {
      Optional<Container> found = containers.find(id);
      if (found.isEmpty()) {
        throw ContainerLogs.missing(id);
      }
      return exec(id, found.get().getId(), command, stdin, stdout, stderr);
    } catch (RuntimeException e) {
      throw engine.failure(e);
    }
  }

  private int exec(
      String id,
      String container,
      List<String> command,
      InputStream stdin,
      OutputStream stdout,
      OutputStream stderr)
      throws RuntimeFailure {
    String mark = MARK + "=" + UUID.randomUUID();
    String exec = create(id, container, command, mark);
    byte[] refusal;
    try (EngineResponse response =
        engine.hijack("/exec/" + exec + "/start", Map.of("Detach", false, "Tty", false))) {
      Future<?> pump = executor.submit(() -> pump(stdin, response.connection()));
      try {
        refusal = copy(response, stdout, stderr);
      } finally {
        pump.cancel(true);
      }
    } catch (IOException | RejectedExecutionException e) {
      throw engine.failure(e);
    } finally {
      sweep(mark);
    }
    return exitCode(id, exec, command, refusal, stdout);
  }

  private String create(String id, String container, List<String> command, String mark)
      throws RuntimeFailure {
    try {
      return engine
          .ask(
              docker ->
                  docker
                      .execCreateCmd(container)
                      .withCmd(command.toArray(String[]::new))
                      .withEnv(List.of(mark))
                      .withAttachStdin(true)
                      .withAttachStdout(true)
                      .withAttachStderr(true)
                      .exec())
          .getId();
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.CONFLICT) {
        throw new RuntimeFailure(
            Kind.CONFLICT,
            "instance_not_running",
            "instance " + id + " does not run: " + e.getMessage(),
            "wait until it does: gyre get instances -w",
            e);
      }
      throw e.kind() == Kind.NOT_FOUND ? ContainerLogs.missing(id) : e;
    }
  }

  private static void pump(InputStream stdin, EngineConnection connection) {
    byte[] buffer = new byte[8192];
    try {
      int count = stdin.read(buffer);
      while (count >= 0) {
        connection.write(buffer, 0, count);
        count = stdin.read(buffer);
      }
      connection.shutdownOutput();
    } catch (IOException e) {
      LOG.debug("stdin of a command ended early: {}", e.toString());
    }
  }

  /** Copies until the command ends; answers with the engine's words if there was no program. */
  private static byte[] copy(EngineResponse response, OutputStream stdout, OutputStream stderr)
      throws IOException, RuntimeFailure {
    byte[] held = new byte[0];
    boolean first = true;
    Frames frames = new Frames(response.getBody());
    for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
      if (first && new String(frame.payload(), StandardCharsets.UTF_8).startsWith(NO_PROGRAM)) {
        held = frame.payload();
      } else {
        deliver(frame.stderr() ? stderr : stdout, frame.payload());
      }
      first = false;
    }
    return held;
  }

  private static void deliver(OutputStream out, byte[] bytes) throws RuntimeFailure {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw new RuntimeFailure(
          Kind.CONFLICT,
          "output_closed",
          "the command was ended: its output is no longer read",
          null,
          e);
    }
  }

  private int exitCode(
      String id, String exec, List<String> command, byte[] refusal, OutputStream stdout)
      throws RuntimeFailure {
    for (int look = 0; look < EXIT_LOOKS; look++) {
      InspectExecResponse end = engine.ask(docker -> docker.inspectExecCmd(exec).exec());
      Long code = end.getExitCodeLong();
      if (!Boolean.TRUE.equals(end.isRunning()) && code != null) {
        boolean ran = end.getPidLong() != null && end.getPidLong() > 0;
        if (refusal.length > 0 && !ran) {
          throw new RuntimeFailure(
              Kind.INVALID,
              "program_not_found",
              "\""
                  + command.getFirst()
                  + "\" can't be run in instance "
                  + id
                  + ": "
                  + new String(refusal, StandardCharsets.UTF_8).strip(),
              "check the name, and that the image has the program");
        }
        if (refusal.length > 0) {
          deliver(stdout, refusal);
        }
        return code.intValue();
      }
      Pause.of(10);
    }
    throw new RuntimeFailure(
        Kind.TIMEOUT,
        "exit_unknown",
        "the command in instance " + id + " ended, but the engine does not say how",
        null);
  }

  private void sweep(String mark) {
    if (engine.address().local()) {
      MarkedProcesses.kill(mark);
    }
  }
}
