package io.gyre.supervisor;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps API, reconciler and runtime host running, each alone: one that crashes again and again is
 * backed off while the others go on. Components that already run are adopted, so that a supervisor
 * which was killed is replaced without anybody noticing. An orderly stop stops them; workloads go
 * on.
 */
final class Supervisor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
  private static final List<Component> SUPERVISED =
      List.of(Component.RUNTIME, Component.RECONCILER, Component.API);

  /** An API may let requests in flight end, for five seconds. */
  private static final long STOP_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(6);

  private static final Duration RESTART_LIMIT = Duration.ofSeconds(60);

  /** Makes the guard that the launcher puts round this process start the next one. */
  private static final int AGAIN = 75;

  private static final long ANSWER_MS = 100;

  private final List<SupervisedComponent> components = new ArrayList<>();
  private final Bus bus;
  private @Nullable ControlSocket control;

  private Supervisor(ComponentContext context, Path launcher) {
    this.bus =
        Bus.open(
            BusConfig.of(
                context.home().bus(),
                context.home().sockets(),
                Component.SUPERVISOR,
                context.epoch(),
                Set.of()));
    ApiListener listener = new ApiListener(context.home());
    for (Component component : SUPERVISED) {
      components.add(
          new SupervisedComponent(
              component,
              new ComponentProcess(component, context.home(), launcher),
              context.clock(),
              component == Component.API
                  ? listening(listener, context)
                  : SupervisedComponent.Listener.none(),
              this::report));
    }
  }

  private static SupervisedComponent.Listener listening(
      ApiListener listener, ComponentContext context) {
    return new SupervisedComponent.Listener() {
      @Override
      public boolean prepare() {
        return listener.prepare(context.config().api());
      }

      @Override
      public void adopt() {
        listener.adopt();
      }
    };
  }

  static AutoCloseable launch(ComponentContext context) {
    String launcher = System.getenv("GYRE_LAUNCHER");
    if (launcher == null || !Files.isExecutable(Path.of(launcher))) {
      throw new GyreException(
          ErrorKind.INVALID,
          "supervisor.no_launcher",
          "GYRE_LAUNCHER does not name an executable: " + launcher,
          "start the supervisor with: gyre run supervisor");
    }
    Supervisor supervisor = new Supervisor(context, Path.of(launcher));
    supervisor.components.forEach(SupervisedComponent::start);
    context.live().onSignal(() -> supervisor.components.forEach(SupervisedComponent::hangUp));
    supervisor.openControl(context.home().sockets().resolve("supervisor.sock"));
    context.readiness().ready("");
    return supervisor;
  }

  private void openControl(Path path) {
    try {
      control = ControlSocket.open(path, this::handle);
    } catch (IOException e) {
      log.warn("gyre component can't speak to this supervisor: {}", e.toString());
    }
  }

  private void report(Component component, String state, long pid, String message) {
    log.info("{}: {} (pid {}): {}", component.id(), state, pid, message);
    try {
      bus.publish(
          new Message.ComponentChanged(component, state, pid, message), Ids.correlation(), "");
    } catch (GyreException e) {
      log.warn("not told: {}", e.getMessage());
    }
  }

  private String handle(Map<String, String> request, Consumer<Map<String, String>> answer)
      throws Exception {
    String wanted = request.getOrDefault("do", "");
    return switch (wanted) {
      case "list" -> {
        components.forEach(component -> answer.accept(fields(component.status())));
        yield "";
      }
      case "restart" -> restart(request);
      default ->
          throw new GyreException(
              ErrorKind.UNSUPPORTED,
              "supervisor.unknown_request",
              "this supervisor can't do \"" + wanted + "\"",
              null);
    };
  }

  private String restart(Map<String, String> request) throws Exception {
    Component wanted = Component.parse(request.getOrDefault("component", ""));
    if (wanted == Component.SUPERVISOR) {
      return restartItself();
    }
    Duration limit =
        Duration.ofMillis(
            Long.parseLong(
                request.getOrDefault("limit_ms", Long.toString(RESTART_LIMIT.toMillis()))));
    for (SupervisedComponent component : components) {
      if (component.component() == wanted) {
        log.info("{}: restart asked for", wanted.id());
        return component.restart(limit);
      }
    }
    throw new IllegalArgumentException(wanted.id() + " is not supervised");
  }

  /** As if it were killed: the guard starts the next one, which adopts the components. */
  private static String restartItself() {
    String guard = System.getenv("GYRE_GUARD");
    long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
    if (guard == null || !guard.equals(Long.toString(parent))) {
      throw new GyreException(
          ErrorKind.UNSUPPORTED,
          "supervisor.unguarded",
          "nobody would start the next supervisor",
          "gyre down and gyre up -d; workloads go on");
    }
    log.info("ending, for the guard to start the next supervisor");
    Thread.ofPlatform()
        .daemon()
        .name("again")
        .start(
            () -> {
              try {
                // The answer goes out first.
                Thread.sleep(ANSWER_MS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              Runtime.getRuntime().halt(AGAIN);
            });
    return "the next supervisor adopts the components";
  }

  private static Map<String, String> fields(SupervisedComponent.Status status) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("component", status.component().id());
    fields.put("pid", Long.toString(status.pid()));
    fields.put("state", status.state());
    fields.put("since", Long.toString(status.sinceEpochMs()));
    fields.put("ends", Integer.toString(status.ends()));
    fields.put("early_ends", Integer.toString(status.earlyEnds()));
    fields.put("next_start", Long.toString(status.nextStartEpochMs()));
    fields.put("last_end", status.lastEnd());
    fields.put("message", status.message());
    return fields;
  }

  /** Stops all three at once. */
  @Override
  public void close() {
    ControlSocket open = control;
    if (open != null) {
      open.close();
    }
    components.forEach(SupervisedComponent::askToStop);
    long deadline = System.nanoTime() + STOP_LIMIT_NANOS;
    for (SupervisedComponent component : components) {
      component.awaitStopped(deadline);
    }
    bus.close();
  }
}
