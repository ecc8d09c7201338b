package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.testkit.Await;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keepers without units: nobody guards them, and nobody but the file tells them apart. */
final class DaemonKeeperTest extends ProcessFixtureTest {
  @Override
  Map<String, String> settings() {
    return Map.of("systemd", "off");
  }

  @Test
  void afterARebootWhatShouldRunRunsAgainAndTheRestDoesNot() throws Exception {
    InstanceSpec wanted = fixture.spec(sleeping()).build();
    InstanceSpec stopped = fixture.spec(sleeping()).build();
    InstanceSpec once = fixture.spec(sleeping()).restart(RestartPolicy.NEVER).build();
    List<InstanceStatus> running =
        List.of(fixture.runtime().start(wanted), fixture.runtime().start(once));
    fixture.runtime().start(stopped);
    fixture.runtime().stop(stopped.id());
    fixture.closeGeneration();
    killKeeper(wanted.id());
    killKeeper(once.id());
    running.forEach(status -> main(status).kill());
    Await.until(() -> fixture.processes().isEmpty(), () -> "all dead");

    boot.set("11111111-2222-3333-4444-555555555555");
    fixture.runtime();
    InstanceStatus again =
        fixture.await(
            wanted.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "its new start");
    assertThat(again.ports()).isEqualTo(running.getFirst().ports());
    fixture.awaitState(once.id(), State.EXITED);
    assertThat(fixture.status(stopped.id()).state()).isEqualTo(State.STOPPED);
    fixture.runtime().stop(wanted.id());
    assertThat(fixture.processes()).isEmpty();
  }

  /** As when the machine goes down: everything is told to end, by whoever does so. */
  @Test
  void whatWasToldToStopByOthersComesBackAfterTheReboot() throws Exception {
    InstanceSpec always = fixture.spec(sleeping()).build();
    InstanceSpec onFailure =
        fixture
            .spec(sh("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"))
            .restart(
                new RestartPolicy(
                    RestartPolicy.Mode.ON_FAILURE,
                    Duration.ofMillis(500),
                    Duration.ofSeconds(60),
                    0.1,
                    Duration.ofSeconds(10)))
            .build();
    InstanceSpec once = fixture.spec(sleeping()).restart(RestartPolicy.NEVER).build();
    InstanceSpec stopped = fixture.spec(sleeping()).build();
    for (InstanceSpec spec : List.of(always, onFailure, once, stopped)) {
      fixture.runtime().start(spec);
    }
    fixture.runtime().stop(stopped.id());
    Await.until(
        () -> !files(onFailure.id()).logs().tail(LogFiles.OUT, 0, -1, 1, 9).isEmpty(),
        () -> "its trap");
    fixture.closeGeneration();
    List<ProcessIdentity> keepers = new ArrayList<>();
    for (InstanceSpec spec : List.of(always, onFailure, once)) {
      keepers.add(keeper(spec.id()));
    }
    keepers.forEach(ProcessIdentity::terminate);
    Await.until(() -> fixture.processes().isEmpty(), () -> "all dead");
    // A keeper records how its process ended, and goes.
    Await.until(() -> keepers.stream().noneMatch(ProcessIdentity::alive), () -> "the keepers' end");

    boot.set("11111111-2222-3333-4444-555555555555");
    fixture.runtime();
    for (InstanceSpec spec : List.of(always, onFailure)) {
      InstanceStatus again =
          fixture.await(
              spec.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "its new start");
      assertThat(again.failuresInRow()).isZero();
    }
    InstanceStatus.Exit exit = fixture.awaitState(once.id(), State.EXITED).lastExit();
    assertThat(Objects.requireNonNull(exit).code()).isEqualTo(143);
    assertThat(fixture.status(stopped.id()).state()).isEqualTo(State.STOPPED);
  }

  /** The host lives on and sees a keeper that somebody else has ended. */
  @Test
  void whatWasToldToStopByOthersIsStartedAgain() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    keeper(spec.id()).terminate();
    InstanceStatus after =
        fixture.await(
            spec.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "its new start");
    assertThat(after.pid()).isNotEqualTo(before.pid());
    assertThat(Objects.requireNonNull(after.lastExit()).code()).isEqualTo(143);
  }

  /** A host that died just after forking a keeper, and the next one launches another. */
  @Test
  void ofTwoKeepersOneLeaves() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    fixture.runtime().start(spec);
    fixture.runtime().stop(spec.id());
    fixture.closeGeneration();
    InstanceDirectory files = files(spec.id());
    Files.delete(files.keeper());
    InstanceDirectory.replace(files.policy(), Policy.read(files.policy()).running().text());
    Keepers keepers = Keepers.install(fixture.stateDirectory().resolve("keepers"));
    Machine machine = Machine.inspect(Cgroups.probe());
    Keepers.Beginning beginning =
        new Keepers.Beginning(Optional.empty(), Journal.NONE, 0, 0, 0, Optional.empty());
    List<CompletableFuture<Void>> launches =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    CompletableFuture.runAsync(
                        () -> {
                          try {
                            keepers.launch(
                                new Keepers.Order(
                                    files,
                                    journal(spec.id()),
                                    machine,
                                    fixture.mark() + "/" + spec.id(),
                                    beginning));
                          } catch (Exception e) {
                            throw new IllegalStateException(e);
                          }
                        }))
            .toList();
    launches.forEach(CompletableFuture::join);
    fixture.awaitState(spec.id(), State.RUNNING);
    Await.until(() -> keeperCount(spec.id()) == 1, () -> "one keeper; " + keeperCount(spec.id()));
    Await.until(() -> !fixture.processes().isEmpty(), () -> "the workload");
    assertThat(fixture.processes()).hasSize(1);
  }

  @Test
  void aKeeperWhoseDirectoryWasDeletedEndsWithItsWorkload() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    ProcessIdentity main = main(fixture.runtime().start(spec));
    ProcessIdentity keeper = keeper(spec.id());
    fixture.closeGeneration();
    InstanceDirectory.delete(files(spec.id()).path());
    assertThat(main.alive()).isTrue();
    main.kill();
    Await.until(() -> !keeper.alive(), () -> "the keeper's end");
    assertThat(fixture.processes()).isEmpty();
  }
}
