package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** start, list, stop, start again, remove; each of them also twice. */
interface LifecycleContract extends ContractFixture {
  @Test
  default void showsWhatItWasGiven() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    InstanceStatus started = fixture().runtime().start(spec);
    assertThat(fixture().status(spec.id())).isEqualTo(started);
    assertThat(started.id()).isEqualTo(spec.id());
    assertThat(started.namespace()).isEqualTo(spec.namespace());
    assertThat(started.deployment()).isEqualTo(spec.deployment());
    assertThat(started.revision()).isEqualTo(spec.revision());
    assertThat(started.fingerprint()).isEqualTo(spec.fingerprint());
    assertThat(started.state()).isEqualTo(State.RUNNING);
    assertThat(started.pid()).isNotNull();
    assertThat(started.startedAt()).isNotNull();
    assertThat(started.restarts()).isZero();
    assertThat(started.failuresInRow()).isZero();
    assertThat(started.lastExit()).isNull();
    assertThat(started.nextStartAt()).isNull();
    Await.until(() -> !fixture().processes().isEmpty(), () -> "a process of " + spec.id());
  }

  @Test
  default void startingTwiceRunsOne() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    InstanceStatus first = fixture().runtime().start(spec);
    InstanceStatus second = fixture().runtime().start(spec);
    assertThat(second.pid()).isEqualTo(first.pid());
    assertThat(second.restarts()).isZero();
    assertThat(fixture().runtime().list()).hasSize(1);
  }

  @Test
  default void stopsAndStaysStopped() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    InstanceStatus stopped = fixture().runtime().stop(spec.id()).orElseThrow();
    assertThat(stopped.state()).isEqualTo(State.STOPPED);
    assertThat(stopped.pid()).isNull();
    assertThat(fixture().processes()).isEmpty();
    assertThat(fixture().runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    assertThat(fixture().status(spec.id()).state()).isEqualTo(State.STOPPED);
    assertThat(fixture().status(spec.id()).fingerprint()).isEqualTo(spec.fingerprint());
  }

  @Test
  default void startsAgainWhatWasStopped() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    InstanceStatus first = fixture().runtime().start(spec);
    fixture().runtime().stop(spec.id());
    InstanceStatus second = fixture().runtime().start(spec);
    assertThat(second.state()).isEqualTo(State.RUNNING);
    assertThat(second.pid()).isNotNull().isNotEqualTo(first.pid());
    assertThat(second.handle()).isEqualTo(first.handle());
    assertThat(second.ports()).isEqualTo(first.ports());
    assertThat(second.restarts()).as("an asked-for start is no restart").isZero();
    assertThat(fixture().runtime().list()).hasSize(1);
  }

  @Test
  default void startsAgainWhatExited() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().exitsWith(0)).restart(RestartPolicy.NEVER).build();
    fixture().runtime().start(spec);
    InstanceStatus first = fixture().awaitState(spec.id(), State.EXITED);
    fixture().runtime().start(spec);
    InstanceStatus second =
        fixture()
            .await(
                spec.id(),
                status ->
                    status.state() == State.EXITED
                        && !Objects.equals(status.startedAt(), first.startedAt()),
                "a second exit");
    assertThat(second.restarts()).isZero();
  }

  /**
   * Of what the host restarts it may know no more than the status, after its own restart: then the
   * spec says nothing of what to run.
   */
  @Test
  default void startsAgainAsItWasMadeWhateverTheSpecSays() throws RuntimeFailure {
    if (fixture().can(Capability.SELF_RESTART)) {
      return;
    }
    InstanceSpec spec =
        fixture()
            .spec(workloads().printsThenSleeps("echo word=$WORD"))
            .environment("WORD", "walrus")
            .restart(RestartPolicy.NEVER)
            .build();
    fixture().runtime().start(spec);
    if (fixture().can(Capability.LOGS)) {
      LogsContract.awaitLines(fixture(), spec.id(), List.of("word=walrus"));
    }
    fixture().runtime().stop(spec.id());
    fixture().reopen();
    Workload nothing =
        new Workload.Container("", Workload.PullPolicy.NEVER, List.of(), null, false);
    InstanceStatus again = fixture().runtime().start(fixture().spec(nothing).id(spec.id()).build());
    assertThat(again.state()).isEqualTo(State.RUNNING);
    assertThat(again.fingerprint()).isEqualTo(spec.fingerprint());
    if (fixture().can(Capability.LOGS)) {
      Await.until(
          () ->
              LogsContract.texts(fixture(), spec.id())
                  .equals(List.of("word=walrus", "word=walrus")),
          () -> "the same of both runs");
    }
  }

  @Test
  default void removesARunningOne() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    fixture().runtime().remove(spec.id());
    assertThat(fixture().runtime().list()).isEmpty();
    assertThat(fixture().processes()).isEmpty();
    fixture().runtime().remove(spec.id());
    assertThat(fixture().runtime().stop(spec.id())).isEmpty();
  }

  @Test
  default void removesAStoppedOneAndMakesItAnew() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    fixture().runtime().stop(spec.id());
    fixture().runtime().remove(spec.id());
    assertThat(fixture().runtime().list()).isEmpty();
    assertThat(fixture().runtime().start(spec).state()).isEqualTo(State.RUNNING);
  }

  @Test
  default void unknownIdsAreFine() throws RuntimeFailure {
    assertThat(fixture().runtime().list()).isEmpty();
    assertThat(fixture().runtime().stop("nobody-1")).isEmpty();
    fixture().runtime().remove("nobody-1");
  }
}
