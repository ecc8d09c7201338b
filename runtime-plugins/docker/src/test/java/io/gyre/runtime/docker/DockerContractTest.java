package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.testkit.RuntimeContractTest;
import io.gyre.runtime.testkit.Workloads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class DockerContractTest extends RuntimeContractTest {
  @BeforeAll
  static void needsAnEngine() {
    TestEngine.require();
  }

  @Override
  protected RuntimePlugin plugin() {
    return new DockerRuntimePlugin();
  }

  @Override
  protected Workloads shellWorkloads() {
    return new ShellContainers();
  }

  @AfterEach
  void leavesNothing() {
    TestEngine.local().cleanUp(fixture().mark());
  }
}
