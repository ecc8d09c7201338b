package io.gyre.supervisor;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

  private final List<SupervisedComponent> components = new ArrayList<>();
  private final Bus bus;

  private Supervisor(ComponentContext context, Path launcher) {
    this.bus =
        Bus.open(
            BusConfig.of(
                context.home().bus(),
                context.home().sockets(),
                Component.SUPERVISOR,
                context.epoch(),
                Set.of()));
    for (Component component : SUPERVISED) {
      components.add(
          new SupervisedComponent(
              component, context.home(), launcher, context.clock(), this::report));
    }
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
    context.readiness().ready("");
    return supervisor;
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

  /** Stops all three at once, within the 1.8 s that a component has for closing. */
  @Override
  public void close() {
    components.forEach(SupervisedComponent::askToStop);
    long deadline = System.nanoTime() + 1_500_000_000L;
    for (SupervisedComponent component : components) {
      component.awaitStopped(deadline);
    }
    bus.close();
  }
}
