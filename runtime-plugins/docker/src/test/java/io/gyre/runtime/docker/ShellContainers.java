package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.testkit.Workloads;
import java.util.List;

/** The kit's workloads as containers of the test image. */
final class ShellContainers implements Workloads {
  @Override
  public Workload shell(String script) {
    return run("sh", "-c", script);
  }

  static Workload run(String... command) {
    return new Workload.Container(
        TestEngine.IMAGE, Workload.PullPolicy.NEVER, List.of(command), null, false);
  }

  @Override
  public Workload missing() {
    return new Workload.Container(
        "gyre-test/absent:1", Workload.PullPolicy.NEVER, List.of(), null, false);
  }

  @Override
  public Missing missingFailure() {
    return new Missing(RuntimeFailure.Kind.NOT_FOUND, "image_not_found", "gyre-test/absent:1");
  }
}
