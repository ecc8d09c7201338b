package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.testkit.RuntimeContractTest;
import io.gyre.runtime.testkit.Workloads;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The same where no cgroup may be made, as for most users who aren't root. */
final class WithoutCgroupsContractTest extends RuntimeContractTest {
  @Override
  protected RuntimePlugin plugin() {
    return new ProcessRuntimePlugin(
        () -> Cgroups.NONE, UnaryOperator.identity(), LogFiles.Bounds.DEFAULT);
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
