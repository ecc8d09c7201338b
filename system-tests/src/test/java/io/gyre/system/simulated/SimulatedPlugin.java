package io.gyre.system.simulated;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.util.Set;

/** The runtime {@code simulated}; see {@link SimulatedRuntime}. */
public final class SimulatedPlugin implements RuntimePlugin {
  @Override
  public RuntimeDescription describe() {
    return new RuntimeDescription(
        "simulated",
        "1.0.0",
        Set.of(
            Capability.CONTAINER,
            Capability.SELF_RESTART,
            Capability.CPU_LIMIT,
            Capability.MEMORY_LIMIT,
            Capability.PORTS));
  }

  @Override
  public WorkloadRuntime open(RuntimeContext context) {
    return new SimulatedRuntime(context.stateDirectory());
  }
}
