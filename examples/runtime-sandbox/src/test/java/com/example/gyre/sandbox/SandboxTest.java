package com.example.gyre.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceLogs.LogQuery;
import io.gyre.runtime.spi.InstanceLogs.Sink;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.RuntimeFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this runtime promises beyond the contract. */
final class SandboxTest {
  @TempDir private Path directory;

  private RuntimeFixture fixture(Map<String, String> settings) {
    return RuntimeFixture.on(
        directory, SandboxPlugin::new, new SandboxContractTest.HostCommands(), settings);
  }

  private static Workload sh(String script) {
    return new Workload.HostProcess(List.of("sh", "-c", script), null, null);
  }

  private static List<String> print(RuntimeFixture fixture, String script) throws RuntimeFailure {
    InstanceSpec spec = fixture.spec(sh(script)).restart(RestartPolicy.NEVER).build();
    fixture.runtime().start(spec);
    fixture.awaitState(spec.id(), State.EXITED);
    List<String> lines = new ArrayList<>();
    Sink sink =
        new Sink() {
          @Override
          public boolean line(InstanceLogs.LogLine line) {
            return lines.add(line.text());
          }

          @Override
          public boolean open() {
            return true;
          }
        };
    fixture.ability(InstanceLogs.class).read(spec.id(), new LogQuery(-1, null, false), sink);
    return lines;
  }

  @Test
  void seesNoProcessButItsOwn() throws RuntimeFailure {
    try (RuntimeFixture fixture = fixture(Map.of())) {
      assertThat(print(fixture, "cd /proc && echo [0-9]*")).containsExactly("1 2");
    }
  }

  @Test
  void hasAHostNameOfItsOwn() throws Exception {
    String name = Path.of("/proc/sys/kernel/hostname").toString();
    String before = Files.readString(Path.of(name));
    try (RuntimeFixture fixture = fixture(Map.of())) {
      assertThat(print(fixture, "cat " + name)).containsExactly(fixture.mark() + "-1");
    }
    assertThat(Files.readString(Path.of(name))).isEqualTo(before);
  }

  @Test
  void hasNoNetworkWhereItIsToHaveNone() throws RuntimeFailure {
    try (RuntimeFixture fixture = fixture(Map.of("network", "none"))) {
      assertThat(print(fixture, "grep -c : /proc/net/dev")).containsExactly("1");
    }
  }

  @Test
  void refusesSettingsThatItDoesNotKnow() {
    for (Map<String, String> settings :
        List.of(Map.of("netwrok", "none"), Map.of("network", "x"))) {
      RuntimeFailure failure =
          catchThrowableOfType(RuntimeFailure.class, () -> fixture(settings).runtime());
      assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.INVALID);
    }
  }

  /** Its end is then noted by nobody, but seen. */
  @Test
  void outlivesItsRunner() throws Exception {
    try (RuntimeFixture fixture = fixture(Map.of())) {
      InstanceSpec spec = fixture.spec(fixture.workloads().longRunning()).build();
      InstanceStatus started = fixture.runtime().start(spec);
      Path run = directory.resolve("instances").resolve(spec.id()).resolve("run");
      Pid runner = Notes.Run.read(run).orElseThrow().runner();
      runner.kill();
      Await.until(() -> !runner.alive(), () -> "the runner's death");
      assertThat(fixture.status(spec.id())).isEqualTo(started);
      new Pid(Objects.requireNonNull(started.pid()), startedOf(run)).kill();
      InstanceStatus exited =
          fixture
              .events()
              .awaitChange(spec.id(), status -> status.state() == State.EXITED, "EXITED");
      assertThat(Objects.requireNonNull(exited.lastExit()).code()).isEqualTo(-1);
      assertThat(fixture.runtime().start(spec).state()).isEqualTo(State.RUNNING);
    }
  }

  private static long startedOf(Path run) throws Exception {
    return Notes.Run.read(run).orElseThrow().main().started();
  }
}
