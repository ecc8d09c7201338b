package io.gyre.reconciler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ExitRecord;
import io.gyre.model.Halt;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.PullPolicy;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.RolloutRecord;
import io.gyre.model.Shortage;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The plan's text for each situation, word for word. */
final class PlannerTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");

  @Test
  void createsAllReplicasAtOnce() {
    assertThat(plan(desired(1, 3)))
        .isEqualTo(
            """
            create #0 of revision 1: 3 replicas wanted, 0 there
            create #1 of revision 1: 3 replicas wanted, 0 there
            create #2 of revision 1: 3 replicas wanted, 0 there
            creating 0/0: 0 of 3 ready
            """);
  }

  @Test
  void whatTheHostHasNoRoomForIsMadeAndWaits() {
    Room one = new Room(1, new Shortage("insufficient_memory", "waits for memory: needs 1Gi"));
    assertThat(Planner.plan(desired(1, 3), 0, null, List.of(), Set.of(), one, NOW).text())
        .isEqualTo(
            """
            create #0 of revision 1: 3 replicas wanted, 0 there
            create waiting #1 of revision 1: waits for memory: needs 1Gi
            create waiting #2 of revision 1: waits for memory: needs 1Gi
            creating 0/0: 0 of 3 ready
            """);
  }

  @Test
  void whatWaitsForRoomStartsBeforeAnythingNewAndIsNotRestarted() {
    InstanceRecord waits = waitingForRoom("b", 1, 1);
    Room one = new Room(1, new Shortage("insufficient_memory", "waits for memory: needs 1Gi"));
    DesiredDeployment three = desired(1, 3);
    assertThat(
            Planner.plan(three, 0, null, List.of(running("a", 1, 0), waits), Set.of(), one, NOW)
                .text())
        .startsWith(
            """
            create waiting #2 of revision 1: waits for memory: needs 1Gi
            start b: the host has room for it now
            """);
    Room none = new Room(0, new Shortage("insufficient_memory", "waits for memory: needs 1Gi"));
    assertThat(
            Planner.plan(
                    desired(1, 2, 1, false, List.of()),
                    0,
                    null,
                    List.of(running("a", 1, 0), waits),
                    Set.of(),
                    none,
                    NOW)
                .text())
        .startsWith("restart a for nonce 1: a restart was asked for\ncreating 1/2: b ");
  }

  @Test
  void doesNothingWhereAllIsWell() {
    assertThat(plan(desired(1, 2), running("a", 1, 0), running("b", 1, 1)))
        .isEqualTo("running 2/2\n");
  }

  @Test
  void scaleUpKeepsTheSurvivors() {
    assertThat(plan(desired(1, 2), running("a", 1, 0)))
        .isEqualTo(
            """
            create #1 of revision 1: 2 replicas wanted, 1 there
            creating 1/1: 1 of 2 ready
            """);
  }

  @Test
  void scaleDownTakesTheHighestOrdinals() {
    assertThat(plan(desired(1, 1), running("a", 1, 0), running("b", 1, 1), running("c", 1, 2)))
        .isEqualTo(
            """
            remove b: scaled to 1 replica
            remove c: scaled to 1 replica
            creating 3/3: 3 of 1 ready
            """);
  }

  @Test
  void scaleToNothingEndsStopped() {
    assertThat(plan(desired(1, 0), running("a", 1, 0)))
        .startsWith("remove a: scaled to 0 replicas");
    assertThat(plan(desired(1, 0))).isEqualTo("stopped 0/0\n");
  }

  @Test
  void aNewRevisionComesUpBesideTheOldOne() {
    assertThat(plan(desired(2, 1), running("a", 1, 0)))
        .isEqualTo(
            """
            create #0 of revision 2: revision 2 replaces an older one
            creating 0/1: 0 of 1 ready; revision 1 still runs
            """);
  }

  @Test
  void surgeIsAQuarterAndAtLeastOne() {
    assertThat(
            plan(
                desired(2, 4),
                running("a", 1, 0),
                running("b", 1, 1),
                running("c", 1, 2),
                running("d", 1, 3)))
        .containsOnlyOnce("create #")
        .contains("create #0 of revision 2");
  }

  @Test
  void theOldOneGoesOnceTheNewOneHasSettled() {
    InstanceRecord old = running("a", 1, 0);
    InstanceRecord fresh = startedAt(running("b", 2, 0), NOW.minusMillis(400));
    assertThat(plan(desired(2, 1), old, fresh))
        .isEqualTo(
            """
            creating 1/2: 1 of 1 ready; revision 1 still runs; again at 2026-01-01T00:00:00.600Z
            """);
    assertThat(plan(desired(2, 1), old, startedAt(fresh, NOW.minusSeconds(1))))
        .startsWith("remove a: revision 2 replaces it\n");
  }

  @Test
  void whatServesDrainsBeforeItGoes() {
    assertThat(plan(draining(desired(1, 1)), running("a", 1, 0), running("b", 1, 1)))
        .isEqualTo(
            """
            drain b until 2026-01-01T00:00:30Z: scaled to 1 replica
            creating 2/2: 2 of 1 ready; again at 2026-01-01T00:00:30Z
            """);
    InstanceRecord drains = drains(running("b", 1, 1), true, NOW.plusSeconds(12));
    assertThat(plan(draining(desired(1, 1)), running("a", 1, 0), drains))
        .isEqualTo("creating 1/2: 1 of 1 ready; b is stopping; again at 2026-01-01T00:00:12Z\n");
    assertThat(
            plan(
                draining(desired(1, 1)), running("a", 1, 0), drains(running("b", 1, 1), true, NOW)))
        .startsWith("remove b: its removal has not been confirmed yet\n");
    assertThat(plan(draining(desired(1, 0)), state("a", 1, 0, InstanceState.STARTING)))
        .as("what does not serve has no clients to wait for")
        .startsWith("remove a: scaled to 0 replicas\n");
  }

  @Test
  void aClockSetBackEndsADrain() {
    InstanceRecord drains = drains(running("b", 1, 1), true, NOW.plusSeconds(3600));
    assertThat(plan(draining(desired(1, 1)), running("a", 1, 0), drains))
        .startsWith("remove b: its removal has not been confirmed yet\n");
  }

  @Test
  void whatIsRestartedAsAskedDrainsFirstAndAlone() {
    DesiredDeployment asked = restarted(draining(desired(1, 2)));
    assertThat(plan(asked, running("a", 1, 0), running("b", 1, 1)))
        .startsWith("drain a, to restart it, until 2026-01-01T00:00:30Z: a restart was asked for\n")
        .doesNotContain("drain b");
    InstanceRecord drains = drains(running("a", 1, 0), false, NOW.plusSeconds(5));
    assertThat(plan(asked, drains, running("b", 1, 1)))
        .startsWith("creating 1/2")
        .endsWith("; again at 2026-01-01T00:00:05Z\n");
    assertThat(plan(asked, drains(running("a", 1, 0), false, NOW), running("b", 1, 1)))
        .startsWith("restart a for nonce 1: a restart was asked for\n");
    assertThat(plan(draining(desired(2, 0)), drains))
        .as("it is to go now, but at the time that its clients were given")
        .startsWith("drain a until 2026-01-01T00:00:05Z: ");
  }

  @Test
  void aBrokenNewRevisionNeverTakesTheServingOneAway() {
    InstanceRecord broken = state("b", 2, 0, InstanceState.CRASH_LOOPING);
    assertThat(plan(desired(2, 1), running("a", 1, 0), broken))
        .isEqualTo(
            "crash_looping 0/2: b exited with code 3, restarted 0 times; it last printed: boom\n");
  }

  @Test
  void anOldOneThatDoesNotServeGoesFirst() {
    assertThat(
            plan(
                desired(3, 1),
                running("a", 1, 0),
                state("b", 2, 0, InstanceState.FAILED),
                state("c", 3, 0, InstanceState.STARTING)))
        .startsWith("remove b: revision 3 replaces it and it does not serve\n")
        .doesNotContain("remove a");
  }

  @Test
  void oldOnesThatDoNotServeMakeRoomForTheFirstOfTheNewRevision() {
    InstanceRecord stuck = state("b", 2, 0, InstanceState.PENDING);
    assertThat(plan(desired(3, 1), running("a", 1, 0), stuck))
        .startsWith("remove b: revision 3 replaces it and it does not serve\n")
        .doesNotContain("remove a");
    assertThat(
            Planner.plan(desired(3, 2), 2, null, List.of(running("a", 1, 0), stuck), Set.of(), NOW)
                .text())
        .as("there is room, so what was healthy and may serve again waits")
        .startsWith("create ")
        .contains("start b: it has not been started yet\n")
        .doesNotContain("remove");
  }

  @Test
  void whatAPausedRolloutKeepsIsKeptRunning() {
    DesiredDeployment desired = paused(desired(2, 2));
    assertThat(
            plan(
                desired,
                running("a", 1, 0),
                state("b", 1, 1, InstanceState.EXITED),
                running("c", 2, 0)))
        .startsWith("start b: it has ended and should run\n")
        .doesNotContain("remove", "create ");
  }

  @Test
  void aPublishedHostPortForcesRecreate() {
    DesiredDeployment desired = desired(2, 1, 0, false, List.of(port(8080)));
    assertThat(plan(desired, running("a", 1, 0)))
        .isEqualTo(
            """
            remove a: revision 2 comes after it is gone, because it publishes a port of the host
            creating 0/1: 0 of 1 ready; revision 1 still runs
            """);
    assertThat(Planner.plan(desired, 0, null, List.of(removing("a", 1, 0)), ids("a"), NOW).text())
        .isEqualTo("creating 0/1: 0 of 1 ready; a is stopping\n");
    assertThat(plan(desired)).startsWith("create #0 of revision 2");
  }

  @Test
  void aVolumeThatIsWrittenToForcesRecreate() {
    DesiredDeployment plain = desired(2, 1);
    DeploymentSpec spec = plain.spec();
    DeploymentSpec writes =
        new DeploymentSpec(
            spec.runtime(),
            spec.kind(),
            spec.container(),
            null,
            Map.of(),
            List.of(new VolumeMount(VolumeMount.Type.VOLUME, "data", null, "/data", false)),
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE);
    assertThat(plan(plain.running(2, writes), running("a", 1, 0)))
        .startsWith(
            "remove a: revision 2 comes after it is gone, because it writes to the volume data\n")
        .doesNotContain("create");
  }

  @Test
  void deletionRemovesAllAndThenForgets() {
    DesiredDeployment desired = desired(1, 2, 0, true, List.of());
    assertThat(plan(desired, running("a", 1, 0), running("b", 1, 1)))
        .isEqualTo(
            """
            remove a: the deployment is deleted
            remove b: the deployment is deleted
            deleting 2/2: 2 left to remove
            """);
    assertThat(plan(desired)).startsWith("forget: nothing is left of the deleted deployment\n");
  }

  @Test
  void aRemovalUnderWayIsNotCommandedTwiceButAnUnansweredOneIs() {
    DesiredDeployment desired = desired(1, 1);
    List<InstanceRecord> observed = List.of(running("a", 1, 0), removing("b", 1, 1));
    assertThat(Planner.plan(desired, 0, null, observed, ids("b"), NOW).text())
        .doesNotContain("remove");
    assertThat(Planner.plan(desired, 0, null, observed, Set.of(), NOW).text())
        .startsWith("remove b: its removal has not been confirmed yet\n");
  }

  @Test
  void anAskedRestartGoesOneByOne() {
    DesiredDeployment desired = desired(1, 2, 7, false, List.of());
    assertThat(plan(desired, running("a", 1, 0), running("b", 1, 1)))
        .isEqualTo("restart a for nonce 7: a restart was asked for\nrunning 2/2\n");
    assertThat(
            Planner.plan(
                    desired,
                    0,
                    null,
                    List.of(running("a", 1, 0), running("b", 1, 1)),
                    ids("a"),
                    NOW)
                .text())
        .isEqualTo("running 2/2\n");
  }

  @Test
  void whatHasEndedOrNeverStartedIsStarted() {
    assertThat(plan(desired(1, 1), state("a", 1, 0, InstanceState.EXITED)))
        .startsWith("start a: it has ended and should run\n");
    assertThat(plan(desired(1, 1), state("a", 1, 0, InstanceState.PENDING)))
        .startsWith("start a: it has not been started yet\n");
    assertThat(
            Planner.plan(
                    desired(1, 1),
                    0,
                    null,
                    List.of(state("a", 1, 0, InstanceState.PENDING)),
                    ids("a"),
                    NOW)
                .text())
        .doesNotContain("start a");
  }

  @Test
  void aFailedStartWaitsForItsTime() {
    InstanceRecord failed = state("a", 1, 0, InstanceState.FAILED);
    assertThat(plan(desired(1, 1), nextStart(failed, NOW.plusSeconds(3))))
        .isEqualTo("failed 0/1: a: boom; again at 2026-01-01T00:00:03Z\n");
    assertThat(plan(desired(1, 1), nextStart(failed, NOW)))
        .startsWith("start a: its last start failed\n");
  }

  @Test
  void timesOfAClockThatWasSetBackAreNotWaitedFor() {
    Instant anHourAhead = NOW.plusSeconds(3600);
    InstanceRecord failed = nextStart(state("a", 1, 0, InstanceState.FAILED), anHourAhead);
    assertThat(plan(desired(1, 1), failed)).contains("start a: its last start failed");
    InstanceRecord fresh = startedAt(running("b", 2, 0), anHourAhead);
    assertThat(plan(desired(2, 1), running("a", 1, 0), fresh)).startsWith("remove a");
    assertThat(Planner.livedFor(NOW.plusMillis(20), Planner.SETTLE, NOW))
        .as("a few milliseconds are no jump")
        .isFalse();
  }

  @Test
  void ofTwinsTheBetterOneStays() {
    assertThat(plan(desired(1, 1), state("a", 1, 0, InstanceState.STARTING), running("b", 1, 0)))
        .startsWith("remove a: it is a twin of b\n")
        .doesNotContain("remove b");
  }

  @Test
  void theFirstInstanceWaitsForWhatComesBefore() {
    assertThat(Planner.plan(desired(1, 2), 0, "db to be ready", List.of(), Set.of(), NOW).text())
        .isEqualTo("pending 0/0: waits for db to be ready\n");
    assertThat(
            Planner.plan(
                    desired(1, 2), 0, "db to be ready", List.of(running("a", 1, 0)), Set.of(), NOW)
                .text())
        .as("nothing waits any more once there is an instance")
        .startsWith("create #1");
  }

  @Test
  void whatIsStoppedIsKept() {
    DesiredDeployment halted = desired(1, 2).halted(new Halt(Halt.ASKED, "asked for by me"));
    assertThat(
            plan(
                halted,
                running("a", 1, 0),
                state("b", 1, 1, InstanceState.CRASH_LOOPING),
                running("c", 1, 2),
                removing("d", 1, 3)))
        .as("also in the middle of a change of scale")
        .isEqualTo(
            """
            remove d: its removal has not been confirmed yet
            remove c: scaled to 2 replicas
            stop a: the deployment is stopped
            stop b: the deployment is stopped
            creating 2/4: 4 of 4 left to stop: asked for by me
            """);
    assertThat(plan(halted, state("a", 1, 0, InstanceState.STOPPED)))
        .isEqualTo("stopped 0/1: asked for by me\n");
    assertThat(plan(halted)).as("nothing is made").isEqualTo("stopped 0/0: asked for by me\n");
  }

  @Test
  void aStopFollowsAnyCommandButAnotherStop() {
    DesiredDeployment halted = desired(1, 1).halted(new Halt(Halt.ASKED, "x"));
    InstanceRecord starting = state("a", 1, 0, InstanceState.PENDING);
    InstanceRecord stopping = state("a", 1, 0, InstanceState.STOPPING);
    assertThat(Planner.plan(halted, 0, null, List.of(starting), ids("a"), NOW).steps()).hasSize(1);
    assertThat(Planner.plan(halted, 0, null, List.of(stopping), ids("a"), NOW).steps()).isEmpty();
    assertThat(Planner.plan(halted, 0, null, List.of(stopping), Set.of(), NOW).steps())
        .as("its answer was lost")
        .hasSize(1);
    assertThat(plan(halted, nextStart(state("a", 1, 0, InstanceState.FAILED), NOW.plusSeconds(9))))
        .isEqualTo(
            "creating 0/1: 1 of 1 left to stop: x; a: boom; again at 2026-01-01T00:00:09Z\n");
  }

  @Test
  void whatWasStoppedIsStartedAndNotRestartedBesides() {
    assertThat(
            plan(
                desired(1, 2, 7, false, List.of()),
                state("a", 1, 0, InstanceState.STOPPED),
                state("b", 1, 1, InstanceState.STOPPING)))
        .startsWith(
            """
            start a: it is stopped and should run
            start b: it is stopped and should run
            """);
  }

  @Test
  void aRolloutStandsStillWhileAllIsStopped() {
    DesiredDeployment halted = desired(2, 1).halted(new Halt(Halt.ASKED, "x"));
    RolloutRecord row =
        new RolloutRecord(
            WEB,
            "u1",
            2,
            RolloutRecord.State.PROGRESSING,
            null,
            null,
            0,
            NOW.minusSeconds(90_000),
            NOW.minusSeconds(90_000),
            null);
    Course course =
        Navigator.course(
            halted,
            List.of(row),
            Set.of(),
            List.of(state("a", 2, 0, InstanceState.STOPPED)),
            Map.of(),
            java.time.Duration.ofDays(1),
            NOW.plusSeconds(90_000));
    assertThat(course.changed()).isEmpty();
    assertThat(course.notes()).isEmpty();
    assertThat(course.wakeAt()).isNull();
  }

  private static String plan(DesiredDeployment desired, InstanceRecord... observed) {
    return Planner.plan(desired, 0, null, List.of(observed), Set.of(), NOW).text();
  }

  private static Set<InstanceId> ids(String id) {
    return Set.of(new InstanceId(id));
  }

  private static DesiredDeployment desired(long revision, int replicas) {
    return desired(revision, replicas, 0, false, List.of());
  }

  private static DesiredDeployment desired(
      long revision, int replicas, long nonce, boolean deleted, List<PortMapping> ports) {
    DeploymentSpec spec =
        new DeploymentSpec(
            "docker",
            WorkloadKind.WORKER,
            new ContainerSpec("web:" + revision, List.of(), PullPolicy.IF_NOT_PRESENT, null, false),
            null,
            Map.of(),
            List.of(),
            ports,
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE);
    return new DesiredDeployment(
        WEB, "u1", 1, revision, replicas, nonce, deleted, spec, NOW, NOW, "c-1");
  }

  /** The same with half a minute for clients to leave. */
  private static DesiredDeployment draining(DesiredDeployment desired) {
    RolloutPolicy usual = desired.rollout();
    RolloutPolicy rollout =
        new RolloutPolicy(
            usual.strategy(),
            usual.maxSurge(),
            usual.maxUnavailable(),
            usual.progressDeadline(),
            usual.autoRollback(),
            usual.canary(),
            Duration.ofSeconds(30));
    return with(desired, rollout, desired.restartNonce());
  }

  private static DesiredDeployment restarted(DesiredDeployment desired) {
    return with(desired, desired.rollout(), desired.restartNonce() + 1);
  }

  private static DesiredDeployment paused(DesiredDeployment desired) {
    return with(desired, desired.rollout(), desired.restartNonce(), true);
  }

  private static DesiredDeployment with(
      DesiredDeployment desired, RolloutPolicy rollout, long nonce) {
    return with(desired, rollout, nonce, false);
  }

  private static DesiredDeployment with(
      DesiredDeployment desired, RolloutPolicy rollout, long nonce, boolean paused) {
    return new DesiredDeployment(
        WEB,
        desired.uid(),
        desired.generation(),
        desired.revision(),
        desired.replicas(),
        nonce,
        desired.deleted(),
        desired.spec(),
        rollout,
        List.of(),
        paused,
        0,
        NOW,
        NOW,
        "c-1",
        null,
        null);
  }

  private static PortMapping port(int published) {
    return new PortMapping(published, 80, "0.0.0.0", PortMapping.Protocol.TCP);
  }

  private static InstanceRecord running(String id, long revision, int ordinal) {
    return row(
        id, revision, ordinal, InstanceState.RUNNING, true, false, NOW.minusSeconds(60), null);
  }

  private static InstanceRecord removing(String id, long revision, int ordinal) {
    return row(id, revision, ordinal, InstanceState.STOPPING, false, true, null, null);
  }

  private static InstanceRecord state(String id, long revision, int ordinal, InstanceState state) {
    return row(id, revision, ordinal, state, false, false, null, null);
  }

  private static InstanceRecord waitingForRoom(String id, long revision, int ordinal) {
    InstanceRecord row = state(id, revision, ordinal, InstanceState.PENDING);
    return new InstanceRecord(
        row.id(),
        row.deployment(),
        row.revision(),
        row.ordinal(),
        row.runtime(),
        row.removing(),
        row.state(),
        row.ready(),
        row.pid(),
        row.handle(),
        row.address(),
        row.ports(),
        row.restarts(),
        row.restartNonce(),
        row.createdAt(),
        row.startedAt(),
        row.nextStartAt(),
        row.lastExit(),
        "insufficient_memory",
        "waits for memory",
        row.correlation(),
        row.updatedAt());
  }

  private static InstanceRecord startedAt(InstanceRecord row, Instant at) {
    return row(
        row.id().value(), row.revision(), row.ordinal(), row.state(), row.ready(), false, at, null);
  }

  private static InstanceRecord drains(InstanceRecord row, boolean removing, Instant until) {
    InstanceState state = removing ? InstanceState.STOPPING : row.state();
    InstanceRecord drains =
        row(
            row.id().value(),
            row.revision(),
            row.ordinal(),
            state,
            false,
            removing,
            row.startedAt(),
            until);
    return reason(drains, InstanceRecord.DRAINING);
  }

  private static InstanceRecord reason(InstanceRecord row, String reason) {
    return new InstanceRecord(
        row.id(),
        WEB,
        row.revision(),
        row.ordinal(),
        row.runtime(),
        row.removing(),
        row.state(),
        row.ready(),
        null,
        null,
        null,
        List.of(),
        0,
        0,
        row.createdAt(),
        row.startedAt(),
        row.nextStartAt(),
        null,
        reason,
        "it drains",
        "c-1",
        NOW);
  }

  private static InstanceRecord nextStart(InstanceRecord row, Instant at) {
    return row(
        row.id().value(), row.revision(), row.ordinal(), row.state(), row.ready(), false, null, at);
  }

  private static InstanceRecord row(
      String id,
      long revision,
      int ordinal,
      InstanceState state,
      boolean ready,
      boolean removing,
      @Nullable Instant startedAt,
      @Nullable Instant nextStartAt) {
    return new InstanceRecord(
        new InstanceId(id),
        WEB,
        revision,
        ordinal,
        "docker",
        removing,
        state,
        ready,
        null,
        null,
        null,
        List.of(),
        0,
        0,
        NOW.minusSeconds(60),
        startedAt,
        nextStartAt,
        new ExitRecord(3, NOW, List.of("boom")),
        null,
        "boom",
        "c-1",
        NOW);
  }
}
