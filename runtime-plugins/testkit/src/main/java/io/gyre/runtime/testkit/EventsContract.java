package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Every change is reported, in order per instance. */
interface EventsContract extends ContractFixture {
  @Test
  default void reportsStartStopAndRemove() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    InstanceStatus started = fixture().runtime().start(spec);
    fixture()
        .events()
        .awaitChange(
            spec.id(),
            status ->
                status.state() == State.RUNNING && Objects.equals(status.pid(), started.pid()),
            "RUNNING and pid " + started.pid());
    fixture().runtime().stop(spec.id());
    fixture().events().awaitChange(spec.id(), status -> status.state() == State.STOPPED, "STOPPED");
    fixture().runtime().remove(spec.id());
    fixture().events().awaitGone(spec.id());

    List<RuntimeEvent> all = fixture().events().all();
    assertThat(all.getLast()).isEqualTo(new RuntimeEvent.Gone(spec.id()));
    List<State> states =
        fixture().events().changes(spec.id()).stream().map(InstanceStatus::state).toList();
    assertThat(states.getLast()).isEqualTo(State.STOPPED);
    assertThat(states.subList(0, states.indexOf(State.STOPPED)))
        .as("states before STOPPED in %s", states)
        .contains(State.RUNNING)
        .isSubsetOf(State.STARTING, State.RUNNING);
    assertThat(states.subList(states.indexOf(State.STOPPED), states.size()))
        .as("states from STOPPED on in %s", states)
        .containsOnly(State.STOPPED);
  }

  /** Whoever hears EXITED counts it as the end of a run, and starts the instance again. */
  @Test
  default void aStartIsNeverReportedAsAnEnd() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    for (int i = 0; i < 5; i++) {
      InstanceStatus started = fixture().runtime().start(spec);
      fixture()
          .events()
          .awaitChange(
              spec.id(),
              status ->
                  status.state() == State.RUNNING && Objects.equals(status.pid(), started.pid()),
              "RUNNING and pid " + started.pid());
      fixture().runtime().stop(spec.id());
    }
    assertThat(fixture().events().changes(spec.id()))
        .extracting(InstanceStatus::state)
        .isSubsetOf(State.STARTING, State.RUNNING, State.STOPPED);
  }

  @Test
  default void reportsAnExitWithItsCodeAndLastLines() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().exitsWith(42)).restart(RestartPolicy.NEVER).build();
    fixture().runtime().start(spec);
    InstanceStatus exited =
        fixture()
            .events()
            .awaitChange(spec.id(), CrashContract::exitedWithLines, "EXITED and its last lines");
    assertThat(CrashContract.assertExit(exited, 42).lastLines())
        .contains("out-before-exit", "err-before-exit");
  }

  @Test
  default void aNewGenerationReports() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().longRunning()).restart(RestartPolicy.NEVER).build();
    fixture().runtime().start(spec);
    fixture().reopen();
    CrashContract.kill(fixture().status(spec.id()));
    fixture().events().awaitChange(spec.id(), status -> status.state() == State.EXITED, "EXITED");
  }

  @Test
  default void saysNothingAfterTheSubscriptionIsClosed() throws RuntimeFailure {
    WorkloadRuntime runtime = fixture().runtime();
    RecordedEvents closed = new RecordedEvents();
    WorkloadRuntime.Subscription subscription = runtime.subscribe(closed);
    InstanceSpec first = fixture().spec(workloads().longRunning()).build();
    runtime.start(first);
    closed.awaitChange(first.id(), status -> status.state() == State.RUNNING, "RUNNING");
    subscription.close();
    int size = closed.all().size();
    runtime.stop(first.id());
    fixture()
        .events()
        .awaitChange(first.id(), status -> status.state() == State.STOPPED, "STOPPED");
    assertThat(closed.all()).hasSize(size);
    subscription.close();
  }
}
