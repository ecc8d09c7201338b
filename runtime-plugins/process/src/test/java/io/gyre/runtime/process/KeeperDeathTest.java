package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Keepers, hosts and machines that die at a bad moment. */
final class KeeperDeathTest extends ProcessFixtureTest {
  @Test
  void aWorkloadWhoseKeeperWasKilledKeepsItsPid() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    ProcessIdentity oldKeeper = keeper(spec.id());
    killKeeper(spec.id());
    assertThat(fixture.status(spec.id()).state()).isEqualTo(State.RUNNING);
    awaitNewKeeper(spec.id(), oldKeeper);
    InstanceStatus adopted = fixture.status(spec.id());
    assertThat(adopted.pid()).isEqualTo(before.pid());
    assertThat(adopted.restarts()).isZero();
    assertThat(adopted.startedAt()).isEqualTo(before.startedAt());

    main(adopted).kill();
    InstanceStatus restarted =
        fixture.await(
            spec.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "one restart");
    assertThat(Objects.requireNonNull(restarted.lastExit()).code()).isEqualTo(-1);
    assertThat(restarted.reason()).contains("unknown");
    assertThat(fixture.runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    assertThat(fixture.processes()).isEmpty();
  }

  @Test
  void anAdoptedWorkloadIsStoppedProperly() throws Exception {
    InstanceSpec spec = fixture.spec(new HostWorkloads().endsSlowly()).build();
    fixture.runtime().start(spec);
    ProcessIdentity oldKeeper = keeper(spec.id());
    fixture.closeGeneration();
    killKeeper(spec.id());
    fixture.runtime();
    awaitNewKeeper(spec.id(), oldKeeper);
    fixture.runtime().stop(spec.id());
    assertThat(fixture.processes()).isEmpty();
    assertThat(files(spec.id()).logs().tail(LogFiles.OUT, 0, -1, 5, 100)).contains("goodbye");
  }

  @Test
  void stopNeedsNoLivingKeeper() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    fixture.runtime().start(spec);
    killKeeper(spec.id());
    assertThat(fixture.runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    assertThat(fixture.processes()).isEmpty();
  }

  @Test
  void whatDiedTogetherWithItsKeeperIsStartedAgain() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    fixture.closeGeneration();
    killKeeper(spec.id());
    main(before).kill();
    fixture.runtime();
    InstanceStatus after =
        fixture.await(
            spec.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "one restart");
    assertThat(after.pid()).isNotEqualTo(before.pid());
    assertThat(Objects.requireNonNull(after.lastExit()).code()).isEqualTo(-1);
  }

  @Test
  void whatIsNeverRestartedStaysDead() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).restart(RestartPolicy.NEVER).build();
    InstanceStatus before = fixture.runtime().start(spec);
    fixture.closeGeneration();
    killKeeper(spec.id());
    main(before).kill();
    Await.until(() -> fixture.processes().isEmpty(), () -> "its end");
    InstanceStatus after = fixture.awaitState(spec.id(), State.EXITED);
    assertThat(Objects.requireNonNull(after.lastExit()).code()).isEqualTo(-1);
    assertThat(after.restarts()).isZero();
    assertThat(fixture.processes()).isEmpty();
  }

  @Test
  void aBackOffWhoseKeeperWasKilledGoesOn() throws Exception {
    InstanceSpec spec = fixture.spec(sh("exit 1")).build();
    fixture.runtime().start(spec);
    fixture.await(
        spec.id(), s -> s.state() == State.BACKING_OFF && s.failuresInRow() >= 2, "a back-off");
    killKeeper(spec.id());
    fixture.await(spec.id(), s -> s.failuresInRow() >= 4, "further restarts");
  }

  @Test
  void aReusedPidIsNeverSignalled() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).restart(RestartPolicy.NEVER).build();
    InstanceStatus status = fixture.runtime().start(spec);
    fixture.closeGeneration();
    killKeeper(spec.id());
    ProcessIdentity main = main(status);
    main.kill();
    Process innocent = startedAfter(main);
    try {
      Journal.Line line = Journal.last(journal(spec.id())).orElseThrow();
      String text = line.text().replace(" " + line.pid() + " ", " " + innocent.pid() + " ");
      Journal.append(journal(spec.id()), Journal.parse(text).orElseThrow());
      fixture.awaitState(spec.id(), State.EXITED);
      fixture.runtime().stop(spec.id());
      fixture.runtime().remove(spec.id());
      assertThat(innocent.isAlive()).isTrue();
    } finally {
      innocent.destroyForcibly().waitFor();
    }
  }

  /** A clock tick later at least, so that it can be told apart. */
  private static Process startedAfter(ProcessIdentity other) throws Exception {
    while (true) {
      Process process = new ProcessBuilder("sleep", "86398").start();
      if (ProcessIdentity.of(process.pid()).orElseThrow().startTime() > other.startTime()) {
        return process;
      }
      process.destroyForcibly().waitFor();
    }
  }

  /** A host that died between making the directory and launching the keeper. */
  @Test
  void whatWasMadeButNotLaunchedIsLaunched() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    fixture.runtime().start(spec);
    fixture.closeGeneration();
    InstanceDirectory files = files(spec.id());
    ProcessIdentity keeper = keeper(spec.id());
    keeper.terminate();
    Await.until(() -> !keeper.alive(), () -> "the keeper's end");
    Files.delete(journal(spec.id()));
    Files.delete(files.keeper());
    fixture.runtime();
    assertThat(fixture.awaitState(spec.id(), State.RUNNING).restarts()).isZero();
  }

  @Test
  void randomKillsMakeNoTwin() throws Exception {
    InstanceSpec spec =
        fixture
            .spec(sleeping())
            .restart(
                new RestartPolicy(
                    RestartPolicy.Mode.ALWAYS,
                    Duration.ofMillis(5),
                    Duration.ofMillis(5),
                    0,
                    Duration.ZERO))
            .build();
    fixture.runtime().start(spec);
    Random random = new Random(42);
    for (int i = 0; i < 60; i++) {
      Optional<Journal.Line> line = Journal.last(journal(spec.id()));
      if (random.nextBoolean()) {
        line.flatMap(Journal.Line::main).ifPresent(ProcessIdentity::kill);
      }
      LockSupport.parkNanos(random.nextInt(3_000_000));
      if (random.nextInt(3) > 0) {
        Keepers.holder(files(spec.id())).ifPresent(holder -> holder.keeper().kill());
      }
      assertThat(fixture.runtime().list()).hasSize(1);
      LockSupport.parkNanos(random.nextInt(10_000_000));
    }
    Await.until(
        () -> {
          Optional<Journal.Line> line = Journal.last(journal(spec.id()));
          fixture.runtime().list();
          return line.isPresent()
              && line.get().keeper().alive()
              && line.get().main().filter(ProcessIdentity::alive).isPresent()
              && fixture.processes().size() == 1
              && keeperCount(spec.id()) == 1;
        },
        () ->
            "one keeper and one main process; "
                + keeperCount(spec.id())
                + " keepers, "
                + fixture.processes());
  }

  /** As while the host swaps the plugin. */
  @Test
  void twoGenerationsAtOnceAdoptOnce() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    try (TestRuntimeContext context =
            new TestRuntimeContext(fixture.stateDirectory(), Map.of(), fixture.mark());
        WorkloadRuntime other = new ProcessRuntimePlugin().open(context)) {
      for (int i = 0; i < 5; i++) {
        ProcessIdentity old = keeper(spec.id());
        killKeeper(spec.id());
        fixture.runtime().list();
        other.list();
        awaitNewKeeper(spec.id(), old);
        assertThat(other.list()).isEqualTo(fixture.runtime().list());
        assertThat(fixture.status(spec.id()).pid()).isEqualTo(before.pid());
        // A fork of the keeper looks like it until it executes something else.
        Await.until(
            () -> keeperCount(spec.id()) == 1, () -> "one keeper; " + keeperCount(spec.id()));
      }
    }
  }

  /** A host that died in the middle of a removal. */
  @Test
  void aHalfDoneRemovalIsFinished() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    fixture.runtime().start(spec);
    fixture.runtime().stop(spec.id());
    fixture.closeGeneration();
    Path trash = fixture.stateDirectory().resolve("trash");
    files(spec.id()).discard(trash);
    assertThat(fixture.runtime().list()).isEmpty();
    assertThat(trash).isEmptyDirectory();
    assertThat(journal(spec.id())).doesNotExist();
    assertThat(fixture.runtime().start(spec).state()).isEqualTo(State.RUNNING);
  }

  /** A power cut can leave a file empty. */
  @Test
  void aTornDirectoryIsDiscarded() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    fixture.runtime().start(spec);
    fixture.runtime().stop(spec.id());
    fixture.closeGeneration();
    Files.writeString(files(spec.id()).identity(), "");
    assertThat(fixture.runtime().list()).isEmpty();
    assertThat(files(spec.id()).path()).doesNotExist();
  }

  private void awaitNewKeeper(String id, ProcessIdentity old) {
    Await.until(
        () -> {
          Optional<Journal.Line> last = Journal.last(journal(id));
          return last.isPresent() && !last.get().keeper().equals(old);
        },
        () -> "a new keeper of " + id);
  }
}
