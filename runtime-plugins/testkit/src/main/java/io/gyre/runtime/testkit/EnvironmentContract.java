package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.BoundPort;
import io.gyre.runtime.spi.RuntimeFailure;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a workload finds around it. */
interface EnvironmentContract extends ContractFixture {
  @Test
  default void passesTheEnvironmentVerbatim() throws RuntimeFailure {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    String value = "a 'quoted' \"value\" with $HOME, `id`, \\ and * ünï";
    InstanceSpec spec =
        fixture()
            .spec(workloads().printsThenSleeps("printf '%s\\n' \"$ODD\" \"[$EMPTY]\""))
            .environment("ODD", value)
            .environment("EMPTY", "")
            .build();
    fixture().runtime().start(spec);
    LogsContract.awaitLines(fixture(), spec.id(), List.of(value, "[]"));
  }

  @Test
  default void allocatesAPortOfItsOwn() throws RuntimeFailure {
    if (!fixture().can(Capability.PORT_ALLOCATION)) {
      return;
    }
    InstanceSpec first = fixture().spec(workloads().printsThenSleeps("echo port=$PORT")).build();
    InstanceSpec second = fixture().spec(workloads().longRunning()).build();
    BoundPort firstPort = port(fixture().runtime().start(first));
    BoundPort secondPort = port(fixture().runtime().start(second));
    assertThat(firstPort.port()).isBetween(1, 65535).isNotEqualTo(secondPort.port());
    assertThat(firstPort.target()).isEqualTo(firstPort.port());
    if (fixture().can(Capability.LOGS)) {
      LogsContract.awaitLines(fixture(), first.id(), List.of("port=" + firstPort.port()));
    }
    fixture().reopen();
    assertThat(port(fixture().status(first.id()))).isEqualTo(firstPort);
  }

  private static BoundPort port(InstanceStatus status) {
    List<BoundPort> named =
        status.ports().stream().filter(port -> port.name().equals("PORT")).toList();
    assertThat(named).as("ports named PORT of %s", status).hasSize(1);
    return named.getFirst();
  }
}
