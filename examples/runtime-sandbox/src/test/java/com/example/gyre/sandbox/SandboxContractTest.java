package com.example.gyre.sandbox;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.testkit.RuntimeContractTest;
import io.gyre.runtime.testkit.Workloads;
import java.util.List;

/** Everything that Gyre relies on. */
final class SandboxContractTest extends RuntimeContractTest {
  @Override
  protected RuntimePlugin plugin() {
    return new SandboxPlugin();
  }

  @Override
  protected Workloads shellWorkloads() {
    return new HostCommands();
  }

  static final class HostCommands implements Workloads {
    @Override
    public Workload shell(String script) {
      return new Workload.HostProcess(List.of("sh", "-c", script), null, null);
    }

    @Override
    public Workload missing() {
      return new Workload.HostProcess(List.of("no-such-program-here"), null, null);
    }

    @Override
    public Missing missingFailure() {
      return new Missing(RuntimeFailure.Kind.INVALID, "program_not_found", "no-such-program-here");
    }
  }
}
