package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What isn't announced is refused, never ignored. */
interface CapabilityContract extends ContractFixture {
  @Test
  default void describesItself() {
    RuntimeDescription description = fixture().description();
    assertThat(description.name()).matches("[a-z]([a-z0-9-]{0,61}[a-z0-9])?");
    assertThat(description.version()).isNotBlank();
    assertThat(description.capabilities())
        .as("what it runs")
        .containsAnyOf(Capability.CONTAINER, Capability.PROCESS);
  }

  @Test
  default void abilitiesAreThereAsAnnounced() throws RuntimeFailure {
    assertThat(fixture().runtime().ability(InstanceLogs.class).isPresent())
        .isEqualTo(fixture().can(Capability.LOGS));
    assertThat(fixture().runtime().ability(InstanceExec.class).isPresent())
        .isEqualTo(fixture().can(Capability.EXEC));
    assertThat(fixture().runtime().ability(Runnable.class)).isEmpty();
  }

  @TestFactory
  default Stream<DynamicTest> refusesWhatItDoesNotAnnounce() {
    return needs().entrySet().stream()
        .filter(need -> !fixture().can(need.getKey()))
        .map(
            need ->
                DynamicTest.dynamicTest(
                    need.getKey().name(), () -> refuses(need.getKey(), need.getValue())));
  }

  private void refuses(Capability capability, SpecBuilder builder) throws RuntimeFailure {
    var runtime = fixture().runtime();
    RuntimeFailure failure =
        catchThrowableOfType(RuntimeFailure.class, () -> runtime.start(builder.build()));
    assertThat(failure).as("%s isn't announced, but a spec that needs it", capability).isNotNull();
    assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.UNSUPPORTED);
    assertThat(failure.getMessage()).isNotBlank();
    assertThat(runtime.list()).isEmpty();
  }

  private Map<Capability, SpecBuilder> needs() {
    Map<Capability, SpecBuilder> needs = new EnumMap<>(Capability.class);
    needs.put(Capability.CONTAINER, fixture().spec(container(null, false)));
    needs.put(Capability.PROCESS, fixture().spec(process(null)));
    needs.put(
        Capability.PORTS, plain().ports(new PortSpec(1, 1, "0.0.0.0", PortSpec.Protocol.TCP)));
    needs.put(Capability.BIND_MOUNTS, plain().mounts(mount(Mount.Type.BIND, "/tmp", null)));
    needs.put(Capability.VOLUMES, plain().mounts(mount(Mount.Type.VOLUME, "data", null)));
    needs.put(Capability.FILE_MOUNTS, plain().mounts(mount(Mount.Type.FILE, "config", "text")));
    needs.put(Capability.CPU_LIMIT, plain().limits(new Limits(500L, null, null)));
    needs.put(Capability.MEMORY_LIMIT, plain().limits(new Limits(null, 64L << 20, null)));
    needs.put(Capability.HOST_NETWORK, plain().hostNetwork());
    if (fixture().can(Capability.CONTAINER)) {
      needs.put(Capability.PRIVILEGED, fixture().spec(container(null, true)));
      needs.put(Capability.USER, fixture().spec(container("1000", false)));
    } else {
      needs.put(Capability.USER, fixture().spec(process("1000")));
    }
    return needs;
  }

  private SpecBuilder plain() {
    return fixture().spec(workloads().longRunning());
  }

  private static Workload container(@Nullable String user, boolean privileged) {
    return new Workload.Container(
        "busybox:latest", Workload.PullPolicy.NEVER, List.of("true"), user, privileged);
  }

  private static Workload process(@Nullable String user) {
    return new Workload.HostProcess(List.of("/bin/true"), null, user);
  }

  private static Mount mount(Mount.Type type, String source, @Nullable String content) {
    return new Mount(type, source, content, "/mnt", true);
  }
}
