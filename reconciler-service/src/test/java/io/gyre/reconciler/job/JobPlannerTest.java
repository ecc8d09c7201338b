package io.gyre.reconciler.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.InstanceId;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRequest.Kind;
import io.gyre.model.JobRun;
import io.gyre.model.JobSchedule;
import io.gyre.model.JobSchedule.Concurrency;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class JobPlannerTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private final JobWorld world = new JobWorld();

  private void settle() {
    for (int i = 0; i < 6; i++) {
      world.observe();
      world.look();
    }
    world.observe();
  }

  private void exit(int code) {
    world.exit(world.only(), code);
    settle();
  }

  @Test
  void aRevisionRunsOnce() {
    assertThat(world.plan().text())
        .isEqualTo(
            """
            run 1 running
            create attempt 1 of run 1 for #0: run 1 needs it
            running 0: run 1 running
            """);
    settle();
    exit(0);
    assertThat(world.states()).isEqualTo("1 succeeded");
    world.pass(Duration.ofMinutes(5));
    settle();
    assertThat(world.states()).as("the same spec runs nothing again").isEqualTo("1 succeeded");
    assertThat(world.plan().text())
        .isEqualTo("completed 1: run 1 succeeded; again at 2026-03-05T05:00:00Z\n");
    world.revision = 2;
    settle();
    assertThat(world.states()).isEqualTo("1 succeeded, 2 running");
  }

  @Test
  void retriesBackOffAndAreUsedUp() {
    world.policy = JobWorld.policy(1, 1, 2);
    settle();
    exit(3);
    assertThat(world.live()).isEmpty();
    assertThat(world.plan().text())
        .isEqualTo(
            """
            running 0: run 1 running: attempt 1 (job-1) exited with code 3; it last printed: last words\
            ; again at 2026-03-04T05:00:10Z
            """);
    world.pass(Duration.ofSeconds(10));
    settle();
    exit(4);
    world.pass(Duration.ofSeconds(19));
    settle();
    assertThat(world.live()).as("the second delay is twice as long").isEmpty();
    world.pass(Duration.ofSeconds(1));
    settle();
    exit(5);
    JobRun run = Objects.requireNonNull(world.runs.get(1L));
    assertThat(run.state()).isEqualTo(JobRun.State.FAILED);
    assertThat(run.exitCode()).isEqualTo(5);
    assertThat(world.attempts).hasSize(3);
    world.pass(HOUR);
    settle();
    assertThat(world.attempts).as("what has failed stays so").hasSize(3);
  }

  @Test
  void completionsRunInParallel() {
    world.policy = JobWorld.policy(5, 2, 0);
    settle();
    for (int i = 0; i < 5; i++) {
      assertThat(world.live()).hasSizeBetween(1, 2);
      world.exit(world.live().getFirst(), 0);
      settle();
    }
    assertThat(world.states()).isEqualTo("1 succeeded");
    assertThat(world.attempts.values()).extracting(JobAttempt::index).contains(0, 1, 2, 3, 4);
  }

  @Test
  void aFailureEndsTheOthersOfItsRun() {
    world.policy = JobWorld.policy(3, 3, 0);
    settle();
    world.exit(world.live().getFirst(), 1);
    settle();
    assertThat(world.states()).isEqualTo("1 failed");
    assertThat(world.live()).isEmpty();
    assertThat(world.rows).as("logs and exits are kept").hasSize(3);
    world.pass(Duration.ofHours(25));
    settle();
    assertThat(world.rows).isEmpty();
    assertThat(world.states()).isEqualTo("1 failed");
  }

  @Test
  void aTimeoutCountsByTheClockThatNobodySets() {
    world.timeout(HOUR);
    settle();
    world.now = world.now.plus(Duration.ofHours(5));
    settle();
    assertThat(world.states()).isEqualTo("1 running");
    world.pass(HOUR);
    settle();
    assertThat(world.states()).isEqualTo("1 timed_out");
    assertThat(world.live()).isEmpty();
  }

  @Test
  void afterABootATimeoutCountsByTheTimeOfDay() {
    world.timeout(HOUR);
    settle();
    world.boot = "b2";
    world.uptimeMs = 5;
    settle();
    assertThat(world.states()).isEqualTo("1 running");
    world.now = world.now.plus(HOUR);
    settle();
    assertThat(world.states()).isEqualTo("1 timed_out");
  }

  @Test
  void whatWasDoneWhileNobodyLookedIsNoVictimOfItsTimeout() {
    world.timeout(HOUR);
    settle();
    world.exit(world.only(), 0);
    world.pass(Duration.ofHours(9));
    settle();
    assertThat(world.states()).isEqualTo("1 succeeded");
    assertThat(Objects.requireNonNull(world.runs.get(1L)).endedAt()).isEqualTo(JobWorld.START);
  }

  @Test
  void aNewerRevisionWaitsForWhatRunsAndRetriesNothingOfTheOlder() {
    settle();
    world.revision = 2;
    settle();
    assertThat(world.states()).isEqualTo("1 running, 2 pending");
    world.revision = 3;
    settle();
    assertThat(world.states()).isEqualTo("1 running, 2 cancelled, 3 pending");
    exit(1);
    assertThat(world.states()).isEqualTo("1 cancelled, 2 cancelled, 3 running");
  }

  @Test
  void requestsRunOneAfterTheOtherAndAreCancelled() {
    settle();
    exit(0);
    world.ask(Kind.RUN, 0);
    world.ask(Kind.RUN, 0);
    settle();
    assertThat(world.states()).isEqualTo("1 succeeded, 2 running, 3 pending");
    world.ask(Kind.CANCEL, 2);
    settle();
    assertThat(world.states()).isEqualTo("1 succeeded, 2 cancelled, 3 running");
    world.ask(Kind.CANCEL, 0);
    settle();
    assertThat(world.states()).isEqualTo("1 succeeded, 2 cancelled, 3 cancelled");
    assertThat(world.live()).isEmpty();
    world.ask(Kind.CANCEL, 2);
    settle();
    assertThat(world.notes).contains("job_cancel_late");
  }

  @Test
  void whatSomebodyRemovedIsAFailedAttempt() {
    settle();
    world.runtime.clear();
    settle();
    assertThat(world.attempts.values())
        .extracting(JobAttempt::state)
        .containsExactly(JobAttempt.State.FAILED);
    world.pass(Duration.ofSeconds(10));
    settle();
    exit(0);
    assertThat(world.states()).isEqualTo("1 succeeded");
  }

  @Test
  void whatFinishedAndWasRemovedIsNotMadeAgain() {
    settle();
    exit(0);
    world.runtime.clear();
    settle();
    assertThat(world.rows).isEmpty();
    assertThat(world.runtime).isEmpty();
    assertThat(world.states()).isEqualTo("1 succeeded");
  }

  @Test
  void aRunWaitsForWhatComesFirst() {
    world.waitsFor = "db to be ready";
    settle();
    assertThat(world.plan().text())
        .isEqualTo("pending 0: run 1 pending: waits for db to be ready\n");
    world.waitsFor = null;
    settle();
    assertThat(world.states()).isEqualTo("1 running");
  }

  @Test
  void onlySoManyRunsAreKept() {
    world.keep(HOUR, 2);
    settle();
    exit(0);
    for (int i = 0; i < 4; i++) {
      world.ask(Kind.RUN, 0);
      settle();
      exit(0);
    }
    assertThat(world.runs.keySet()).containsExactly(4L, 5L);
    assertThat(world.rows).hasSize(2);
    assertThat(world.runtime).hasSize(2);
  }

  @Test
  void aDeletedJobLeavesNothingAndStartsAnewWhenWantedAgain() {
    settle();
    world.deleted = true;
    settle();
    assertThat(world.runtime).isEmpty();
    assertThat(world.plan().forgets()).isTrue();
    world.deleted = false;
    settle();
    assertThat(world.states()).isEqualTo("1 cancelled, 2 running");
  }

  // ---- schedules

  @Test
  void runsWhenItsTimeHasCome() {
    world.schedule("*/10 * * * *", Concurrency.FORBID, HOUR);
    settle();
    assertThat(world.plan().text())
        .isEqualTo("pending 0: first run at 2026-03-04T05:10:00Z; again at 2026-03-04T05:10:00Z\n");
    world.pass(Duration.ofMinutes(10));
    settle();
    assertThat(world.states()).isEqualTo("1 running");
    world.pass(Duration.ofMinutes(10));
    settle();
    assertThat(world.states()).as("forbid").isEqualTo("1 running");
    assertThat(world.notes).containsOnlyOnce("job_run_skipped");
    exit(0);
    world.pass(Duration.ofMinutes(10));
    settle();
    assertThat(world.states()).isEqualTo("1 succeeded, 2 running");
  }

  @Test
  void runsBesideEachOtherOrInEachOthersPlace() {
    world.schedule("*/10 * * * *", Concurrency.ALLOW, HOUR);
    world.look();
    world.pass(Duration.ofMinutes(10));
    settle();
    world.pass(Duration.ofMinutes(10));
    settle();
    assertThat(world.states()).isEqualTo("1 running, 2 running");
    world.schedule("*/10 * * * *", Concurrency.REPLACE, HOUR);
    world.pass(Duration.ofMinutes(10));
    settle();
    assertThat(world.states()).isEqualTo("1 cancelled, 2 cancelled, 3 running");
    assertThat(world.live()).hasSize(1);
  }

  @Test
  void ofWhatWasMissedTheLastRunsUnlessItIsTooLate() {
    world.schedule("*/10 * * * *", Concurrency.FORBID, Duration.ofMinutes(15));
    world.look();
    world.pass(Duration.ofMinutes(34));
    settle();
    assertThat(Objects.requireNonNull(world.runs.get(1L)).scheduledAt())
        .isEqualTo(Instant.parse("2026-03-04T05:30:00Z"));
    assertThat(world.notes).containsOnlyOnce("job_run_missed");
    exit(0);
    world.schedule("0 6 * * *", Concurrency.FORBID, Duration.ofMinutes(15));
    world.look();
    world.pass(HOUR);
    settle();
    assertThat(world.runs).as("06:00 is 34 minutes ago").hasSize(1);
    assertThat(world.notes).filteredOn("job_run_missed"::equals).hasSize(2);
  }

  @Test
  void aClockThatJumpsStartsNoRunTwice() {
    world.schedule("*/10 * * * *", Concurrency.FORBID, HOUR);
    world.look();
    for (Duration jump :
        List.of(
            Duration.ofMinutes(10),
            Duration.ofMinutes(-5),
            Duration.ofMinutes(5),
            Duration.ofHours(30),
            Duration.ofHours(-30),
            Duration.ofHours(30))) {
      world.now = world.now.plus(jump);
      settle();
      world.live().forEach(id -> world.exit(id, 0));
      settle();
    }
    assertThat(world.runs.values())
        .extracting(JobRun::scheduledAt)
        .doesNotHaveDuplicates()
        .contains(Instant.parse("2026-03-04T05:10:00Z"), Instant.parse("2026-03-05T11:10:00Z"));
    assertThat(world.notes).contains("job_clock_set_back");
  }

  @Test
  void aSuspendedScheduleStartsNothingAndMakesUpForNothing() {
    world.schedule(new JobSchedule("*/10 * * * *", "UTC", Concurrency.FORBID, HOUR, true));
    world.look();
    world.pass(Duration.ofMinutes(25));
    settle();
    assertThat(world.runs).isEmpty();
    world.pass(Duration.ofMinutes(6));
    world.changedAt = world.now;
    world.schedule("*/10 * * * *", Concurrency.FORBID, HOUR);
    world.pass(Duration.ofMinutes(2));
    settle();
    assertThat(world.runs).as("what passed while it was suspended").isEmpty();
    world.pass(Duration.ofMinutes(10));
    settle();
    assertThat(world.states()).isEqualTo("1 running");
    InstanceId id = world.only();
    world.schedule(null);
    settle();
    assertThat(world.only()).as("what runs goes on without its schedule").isEqualTo(id);
    exit(0);
    assertThat(world.states()).isEqualTo("1 succeeded");
  }
}
