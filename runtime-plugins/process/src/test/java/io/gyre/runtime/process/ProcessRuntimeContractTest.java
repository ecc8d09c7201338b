package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.testkit.RuntimeContractTest;
import io.gyre.runtime.testkit.Workloads;
import java.util.Map;

final class ProcessRuntimeContractTest extends RuntimeContractTest {
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
    return Map.of("systemd", "off");
  }
}
