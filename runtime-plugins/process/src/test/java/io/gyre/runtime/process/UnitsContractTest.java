package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.testkit.RuntimeContractTest;
import io.gyre.runtime.testkit.Workloads;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with a unit of systemd for each keeper. */
@EnabledIf(value = "io.gyre.runtime.process.UnitsTest#systemdRuns", disabledReason = UnitsTest.WHY)
final class UnitsContractTest extends RuntimeContractTest {
  @Override
  protected RuntimePlugin plugin() {
    return new ProcessRuntimePlugin();
  }

  @Override
  protected Workloads shellWorkloads() {
    return new HostWorkloads();
  }

  @Override
  protected Map<String, String> settings() {
    return Map.of("systemd", "on");
  }
}
