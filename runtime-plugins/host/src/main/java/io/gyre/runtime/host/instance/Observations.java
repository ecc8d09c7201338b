package io.gyre.runtime.host.instance;

import io.gyre.model.BoundPort;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.model.PortMapping;
import io.gyre.runtime.host.restart.Restarter;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.PortSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From what a runtime says to what is reported. */
final class Observations {
  private Observations() {}

  static InstanceObservation of(String runtime, InstanceStatus status) {
    return new InstanceObservation(
        new InstanceId(status.id()),
        new DeploymentKey(status.namespace(), status.deployment()),
        status.revision(),
        runtime,
        state(status.state()),
        status.pid(),
        status.handle(),
        status.address(),
        status.ports().stream().map(Observations::port).toList(),
        status.startedAt(),
        status.restarts(),
        status.failuresInRow() >= Restarter.LOOPING,
        status.nextStartAt(),
        exit(status.lastExit()),
        status.reason());
  }

  /** Of an instance of which nothing is there (yet). */
  static InstanceObservation absent(
      InstanceId id,
      DeploymentKey deployment,
      long revision,
      String runtime,
      ObservedState state,
      @Nullable String reason) {
    return new InstanceObservation(
        id,
        deployment,
        revision,
        runtime,
        state,
        null,
        null,
        null,
        List.of(),
        null,
        0,
        false,
        null,
        null,
        reason);
  }

  private static ObservedState state(InstanceStatus.State state) {
    return switch (state) {
      case STARTING -> ObservedState.STARTING;
      case RUNNING -> ObservedState.RUNNING;
      case BACKING_OFF -> ObservedState.BACKING_OFF;
      case EXITED -> ObservedState.EXITED;
      case STOPPED -> ObservedState.STOPPED;
    };
  }

  private static BoundPort port(InstanceStatus.BoundPort port) {
    return new BoundPort(
        port.name(),
        port.hostIp(),
        port.port(),
        port.target(),
        port.protocol() == PortSpec.Protocol.UDP
            ? PortMapping.Protocol.UDP
            : PortMapping.Protocol.TCP);
  }

  private static @Nullable ExitRecord exit(InstanceStatus.@Nullable Exit exit) {
    return exit == null ? null : new ExitRecord(exit.code(), exit.at(), exit.lastLines());
  }
}
