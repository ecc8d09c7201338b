package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.SpecBuilder;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** User, directory, environment, port, limits and what is refused of them. */
final class WorkloadSettingsTest extends ProcessFixtureTest {
  @Override
  Map<String, String> settings() {
    return Map.of("port_range", "41000-41999");
  }

  @Test
  void givesTheEnvironmentAndNothingOfTheHosts() throws Exception {
    InstanceSpec spec =
        fixture
            .spec(sh("env | sort; exec sleep 86400"))
            .environment("PATH", "/usr/bin:/bin")
            .environment("GYRE_INSTANCE", "forged")
            .build();
    int port = fixture.runtime().start(spec).ports().getFirst().port();
    List<String> lines = awaitOutput(spec.id(), 10);
    assertThat(lines)
        .contains(
            "PATH=/usr/bin:/bin",
            "PORT=" + port,
            "GYRE_INSTANCE=" + spec.id(),
            "GYRE_NAMESPACE=testing",
            "GYRE_DEPLOYMENT=contract",
            "GYRE_REVISION=7");
    assertThat(lines.stream().map(line -> line.substring(0, line.indexOf('='))))
        .containsOnly(
            "PATH",
            "PORT",
            "HOME",
            "LANG",
            "PWD",
            "GYRE_INSTANCE",
            "GYRE_NAMESPACE",
            "GYRE_DEPLOYMENT",
            "GYRE_REVISION",
            "GYRE_HANDLE",
            "GYRE_TESTKIT_MARK");
    assertThat(port).isBetween(41_000, 41_999);
    assertThat(lines).contains("PWD=" + files(spec.id()).path().resolve("work"));
  }

  @Test
  void resetsTheSignalsThatAShellIgnoresForItsChildren() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).stop("SIGINT", Duration.ofSeconds(30)).build();
    long pid = main(fixture.runtime().start(spec)).pid();
    Await.until(
        () -> Files.readString(Path.of("/proc/" + pid + "/comm")).strip().equals("sleep"),
        () -> "its exec");
    String ignored =
        Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    long standardSignals = (1L << 31) - 1;
    assertThat(Long.parseLong(ignored.substring(8).strip(), 16) & standardSignals).isZero();
    fixture.runtime().stop(spec.id());
    assertThat(fixture.processes()).isEmpty();
  }

  @Test
  void takesThePortOfTheEnvironment() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).environment("PORT", "12345").build();
    assertThat(fixture.runtime().start(spec).ports().getFirst().port()).isEqualTo(12345);
    assertRefused(fixture.spec(sleeping()).environment("PORT", "http"), "port_invalid");
    assertRefused(fixture.spec(sleeping()).environment("a.b", "c"), "environment_invalid");
  }

  @Test
  void runsAsAnotherUserInADirectory() throws Exception {
    assumeTrue(Machine.inspect(Cgroups.NONE).privileged(), "needs root");
    Workload workload =
        new Workload.HostProcess(
            List.of("sh", "-c", "id -u; id -g; pwd; exec sleep 86400"), "/usr", "nobody");
    InstanceSpec spec = fixture.spec(workload).build();
    fixture.runtime().start(spec);
    assertThat(awaitOutput(spec.id(), 3)).containsExactly("65534", "65534", "/usr");
    InstanceSpec own =
        fixture
            .spec(
                new Workload.HostProcess(
                    List.of("sh", "-c", "id -u; echo x >file; cat file; exec sleep 86400"),
                    null,
                    "4321:4322"))
            .build();
    fixture.runtime().start(own);
    assertThat(awaitOutput(own.id(), 2)).containsExactly("4321", "x");
  }

  @Test
  void refusesBadUsersAndDirectories() throws Exception {
    assertRefused(process("no-such-user", null), "user_unknown");
    assertRefused(process(null, "/no/such/directory"), "working_dir_missing");
    assertRefused(process(null, "relative"), "working_dir_missing");
    assertThat(fixture.runtime().list()).isEmpty();
    assertThat(fixture.stateDirectory().resolve("making")).isEmptyDirectory();
    assertThat(fixture.stateDirectory().resolve("ports")).isEmptyDirectory();
  }

  @Test
  void limitsMemory() throws Exception {
    assumeTrue(fixture.can(Capability.MEMORY_LIMIT), "needs a memory cgroup");
    InstanceSpec spec =
        fixture
            .spec(
                new Workload.HostProcess(
                    List.of("dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"),
                    null,
                    null))
            .limits(new Limits(null, 32L << 20, 16L << 20))
            .restart(RestartPolicy.NEVER)
            .build();
    fixture.runtime().start(spec);
    InstanceStatus exited = fixture.awaitState(spec.id(), State.EXITED);
    assertThat(Objects.requireNonNull(exited.lastExit()).code()).isEqualTo(137);
    assertThat(exited.reason()).contains("out of memory").contains("33554432");
  }

  @Test
  void tellsWantOfMemoryFromAKill() throws Exception {
    assumeTrue(fixture.can(Capability.MEMORY_LIMIT), "needs a memory cgroup");
    Workload child = sh("dd if=/dev/zero of=/dev/null bs=200M count=1; exec sleep 86400");
    InstanceSpec spec = fixture.spec(child).limits(new Limits(null, 32L << 20, null)).build();
    InstanceStatus started = fixture.runtime().start(spec);
    LogFiles logs = files(spec.id()).logs();
    Await.until(
        () -> Files.readString(Path.of("/proc/" + started.pid() + "/comm")).equals("sleep\n"),
        () -> "the death of a child; " + logs.tail(LogFiles.ERR, 0, -1, 10, 200));
    main(started).kill();
    InstanceStatus first =
        fixture.await(
            spec.id(), s -> s.restarts() == 1 && s.lastExit() != null, "the first restart");
    assertThat(first.reason()).as("a child of that run was killed").contains("out of memory");

    InstanceSpec plain = fixture.spec(sleeping()).limits(new Limits(null, 32L << 20, null)).build();
    main(fixture.runtime().start(plain)).kill();
    InstanceStatus killed =
        fixture.await(plain.id(), s -> s.restarts() == 1 && s.lastExit() != null, "a restart");
    assertThat(Objects.requireNonNull(killed.lastExit()).code()).isEqualTo(137);
    assertThat(killed.reason()).isNull();
  }

  @Test
  void limitsCpu() throws Exception {
    assumeTrue(fixture.can(Capability.CPU_LIMIT), "needs a cpu cgroup");
    InstanceSpec spec = fixture.spec(sleeping()).limits(new Limits(250L, null, null)).build();
    long pid = main(fixture.runtime().start(spec)).pid();
    String own = "/gyre-" + fixture.mark() + "/" + spec.id();
    String group =
        files(spec.id()).unit().map(unit -> "/gyre.slice/gyre-workloads.slice/" + unit).orElse(own);
    assertThat(Files.readString(Path.of("/proc/" + pid + "/cgroup"))).contains(group);
    Path controller = Path.of("/sys/fs/cgroup/cpu" + group);
    assertThat(Files.readString(controller.resolve("cpu.cfs_quota_us"))).isEqualTo("25000\n");
    fixture.runtime().remove(spec.id());
    Await.until(() -> !Files.exists(controller), () -> "the removal of " + controller);
  }

  @Test
  void refusesUnknownSettings() {
    try (var context =
        new TestRuntimeContext(fixture.stateDirectory(), Map.of("prot_range", "1-2"), "test")) {
      RuntimeFailure failure =
          catchThrowableOfType(
              RuntimeFailure.class, () -> new ProcessRuntimePlugin().open(context));
      assertThat(failure).hasMessageContaining("prot_range");
    }
  }

  private SpecBuilder process(@Nullable String user, @Nullable String directory) {
    return fixture.spec(new Workload.HostProcess(List.of("sleep", "9"), directory, user));
  }

  private void assertRefused(SpecBuilder spec, String code) throws RuntimeFailure {
    var runtime = fixture.runtime();
    RuntimeFailure failure =
        catchThrowableOfType(RuntimeFailure.class, () -> runtime.start(spec.build()));
    assertThat(failure).isNotNull();
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.INVALID);
  }

  private List<String> awaitOutput(String id, int lines) {
    LogFiles logs = files(id).logs();
    Await.until(
        () -> logs.tail(LogFiles.OUT, 0, -1, 100, 500).size() >= lines,
        () ->
            lines
                + " lines of output; "
                + logs.tail(LogFiles.OUT, 0, -1, 100, 500)
                + logs.tail(LogFiles.ERR, 0, -1, 100, 500));
    return logs.tail(LogFiles.OUT, 0, -1, 100, 500);
  }
}
