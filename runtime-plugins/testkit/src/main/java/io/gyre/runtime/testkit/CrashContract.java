package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What ends by itself is reported, and started again where the runtime does so itself. */
interface CrashContract extends ContractFixture {
  @Test
  default void aKilledProcessComesBackByPolicy() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().longRunning()).restart(RestartPolicy.WORKER).build();
    InstanceStatus before = fixture().runtime().start(spec);
    kill(before);
    if (!fixture().can(Capability.SELF_RESTART)) {
      assertExit(fixture().awaitState(spec.id(), State.EXITED), 137);
      return;
    }
    InstanceStatus after =
        fixture()
            .await(
                spec.id(),
                status -> status.restarts() == 1 && status.state() == State.RUNNING,
                "one restart");
    assertThat(after.pid()).isNotNull().isNotEqualTo(before.pid());
    assertThat(after.handle()).isEqualTo(before.handle());
    assertThat(after.ports()).isEqualTo(before.ports());
    assertExit(after, 137);
    fixture()
        .events()
        .awaitChange(
            spec.id(),
            status -> status.restarts() == 1 && Objects.equals(status.pid(), after.pid()),
            "restarts 1 and pid " + after.pid());
  }

  @Test
  default void restartsAreKeptByTheNextGeneration() throws RuntimeFailure {
    if (!fixture().can(Capability.SELF_RESTART)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    kill(fixture().runtime().start(spec));
    InstanceStatus before =
        fixture()
            .await(
                spec.id(),
                status -> status.restarts() == 1 && status.state() == State.RUNNING,
                "one restart");
    fixture().reopen();
    InstanceStatus after = fixture().status(spec.id());
    assertThat(after.restarts()).isEqualTo(1);
    assertThat(after.pid()).isEqualTo(before.pid());
    assertExit(after, 137);
  }

  @Test
  default void neverMeansNever() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().exitsWith(4)).restart(RestartPolicy.NEVER).build();
    fixture().runtime().start(spec);
    InstanceStatus exited =
        fixture().await(spec.id(), CrashContract::exitedWithLines, "EXITED and its last lines");
    assertThat(exited.pid()).isNull();
    assertThat(exited.restarts()).isZero();
    assertThat(assertExit(exited, 4).lastLines()).contains("out-before-exit", "err-before-exit");
  }

  @Test
  default void onFailureLeavesASuccessAlone() throws RuntimeFailure {
    InstanceSpec spec =
        fixture()
            .spec(workloads().exitsWith(0))
            .restart(policy(RestartPolicy.Mode.ON_FAILURE))
            .build();
    fixture().runtime().start(spec);
    assertExit(fixture().awaitState(spec.id(), State.EXITED), 0);
  }

  @Test
  default void backsOffWhatKeepsCrashing() throws RuntimeFailure {
    if (!fixture().can(Capability.SELF_RESTART)) {
      return;
    }
    InstanceSpec spec =
        fixture().spec(workloads().exitsWith(9)).restart(policy(RestartPolicy.Mode.ALWAYS)).build();
    fixture().runtime().start(spec);
    InstanceStatus waiting =
        fixture()
            .events()
            .awaitChange(
                spec.id(),
                status -> status.state() == State.BACKING_OFF && status.failuresInRow() >= 3,
                "BACKING_OFF after 3 failures");
    assertThat(waiting.nextStartAt()).isNotNull();
    assertThat(waiting.pid()).isNull();
    InstanceStatus.Exit exit = assertExit(waiting, 9);
    assertThat(waiting.nextStartAt()).isAfter(exit.at().plus(Duration.ofMillis(300)));
    assertThat(fixture().runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    assertThat(fixture().processes()).isEmpty();
  }

  private static RestartPolicy policy(RestartPolicy.Mode mode) {
    return new RestartPolicy(
        mode, Duration.ofMillis(200), Duration.ofSeconds(60), 0.1, Duration.ofSeconds(10));
  }

  /** The last lines may be reported after the exit itself, so that they don't delay it. */
  static boolean exitedWithLines(InstanceStatus status) {
    return status.state() == State.EXITED
        && status.lastExit() != null
        && !status.lastExit().lastLines().isEmpty();
  }

  static InstanceStatus.Exit assertExit(InstanceStatus status, int code) {
    InstanceStatus.Exit exit = status.lastExit();
    if (exit == null) {
      throw new AssertionError("no lastExit in " + status);
    }
    assertThat(exit.code()).as("exit code in %s", status).isEqualTo(code);
    return exit;
  }

  /** SIGKILL to the main process, from outside of Gyre. */
  static void kill(InstanceStatus status) {
    Long pid = status.pid();
    if (pid == null) {
      throw new AssertionError("no pid in " + status);
    }
    boolean killed = ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false);
    assertThat(killed).as("kill of %s", status).isTrue();
  }
}
