package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import org.junit.jupiter.api.Test;

/** Instances outlive the plugin and the JVM, and a later generation takes them over. */
interface RecoveryContract extends ContractFixture {
  @Test
  default void aNewGenerationTakesOverARunningOne() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    InstanceStatus before = fixture().runtime().start(spec);
    fixture().reopen();
    assertThat(fixture().status(spec.id())).isEqualTo(before);
    assertThat(fixture().runtime().start(spec).pid()).isEqualTo(before.pid());
    fixture().runtime().stop(spec.id());
    assertThat(fixture().processes()).isEmpty();
  }

  @Test
  default void aNewGenerationKeepsStoppedOnesStopped() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    fixture().runtime().stop(spec.id());
    fixture().reopen();
    assertThat(fixture().status(spec.id()).state()).isEqualTo(State.STOPPED);
    assertThat(fixture().processes()).isEmpty();
    assertThat(fixture().runtime().start(spec).state()).isEqualTo(State.RUNNING);
  }

  @Test
  default void aNewGenerationKnowsHowOneEnded() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().exitsWith(3)).restart(RestartPolicy.NEVER).build();
    fixture().runtime().start(spec);
    fixture().awaitState(spec.id(), State.EXITED);
    fixture().reopen();
    CrashContract.assertExit(fixture().status(spec.id()), 3);
  }

  @Test
  default void seesWhatEndedWhileNobodyLooked() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().shell("sleep 0.5; exit 5")).restart(RestartPolicy.NEVER).build();
    fixture().runtime().start(spec);
    fixture().closeGeneration();
    Await.until(() -> fixture().processes().isEmpty(), () -> "its end; " + fixture().processes());
    CrashContract.assertExit(fixture().awaitState(spec.id(), State.EXITED), 5);
  }

  @Test
  default void survivesTheDeathOfItsJvm() throws Exception {
    String id = fixture().mark() + "-other";
    long pid = SecondJvm.startAndDie((RuntimeContractTest) this, id);
    InstanceStatus found = fixture().status(id);
    assertThat(found.pid()).isEqualTo(pid);
    assertThat(found.state()).isEqualTo(State.RUNNING);
    assertThat(found.restarts()).isZero();
    InstanceSpec spec = fixture().spec(workloads().longRunning()).id(id).build();
    assertThat(fixture().runtime().start(spec).pid()).isEqualTo(pid);
    InstanceStatus stopped = fixture().runtime().stop(id).orElseThrow();
    assertThat(stopped.state()).isEqualTo(State.STOPPED);
    assertThat(fixture().processes()).isEmpty();
    assertThat(fixture().runtime().start(spec).state()).isEqualTo(State.RUNNING);
  }
}
