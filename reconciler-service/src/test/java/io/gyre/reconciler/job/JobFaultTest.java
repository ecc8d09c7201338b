package io.gyre.reconciler.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.JobAttempt;
import io.gyre.model.JobRequest.Kind;
import io.gyre.model.JobRun;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Loses and repeats every step of a job: commits that don't happen, commands that are lost, late or
 * sent twice. Whatever happens, nothing is started twice, no end counts twice, and every run ends.
 */
final class JobFaultTest {
  private static final int ROUNDS = 400;

  @Test
  void whateverIsLostOrRepeatedEveryRunEndsOnce() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      JobWorld world = new JobWorld();
      int completions = 1 + random.nextInt(3);
      int retries = random.nextInt(3);
      world.policy = JobWorld.policy(completions, 1 + random.nextInt(3), retries);
      for (int step = 0; step < 60; step++) {
        disturb(world, random);
        look(world, random, true);
        check(world, "seed " + seed + ", step " + step);
      }
      for (int step = 0; step < 80; step++) {
        world.live().forEach(id -> world.exit(id, 0));
        look(world, random, false);
        world.pass(Duration.ofMinutes(3));
        check(world, "seed " + seed + ", at the end");
      }
      assertThat(world.runs.values())
          .as("seed %s", seed)
          .allMatch(run -> run.state().ended())
          .filteredOn(run -> run.revision() == world.revision)
          .isNotEmpty();
      assertThat(world.live()).as("seed %s", seed).isEmpty();
    }
  }

  private static void disturb(JobWorld world, Random random) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> world.live().stream().findAny().ifPresent(id -> world.exit(id, 0));
      case 3, 4 -> world.live().stream().findAny().ifPresent(id -> world.exit(id, 1));
      case 5 -> world.runtime.keySet().stream().findAny().ifPresent(world.runtime::remove);
      case 6 -> world.revision += random.nextInt(4) == 0 ? 1 : 0;
      case 7 -> {
        if (random.nextInt(4) == 0) {
          world.ask(random.nextBoolean() ? Kind.RUN : Kind.CANCEL, 0);
        }
      }
      case 8 -> world.now = world.now.plusSeconds(random.nextInt(7200) - 3600);
      default -> world.pass(Duration.ofSeconds(random.nextInt(30)));
    }
  }

  /** The process may die at any line of it, and the next one looks anew. */
  private static void look(JobWorld world, Random random, boolean faults) {
    if (random.nextInt(3) > 0 || !faults) {
      world.observe();
    }
    JobPlan plan = world.plan();
    if (faults && random.nextInt(5) == 0) {
      return;
    }
    List<JobStep> commands = world.commit(plan);
    for (JobStep command : commands) {
      int fate = faults ? random.nextInt(5) : 4;
      if (fate > 0) {
        world.carryOut(command);
      }
      if (fate == 1) {
        world.carryOut(command);
      }
    }
  }

  private static void check(JobWorld world, String when) {
    assertThat(world.runtime.values())
        .as("started once; %s", when)
        .allMatch(process -> process.starts <= 1);
    for (JobRun run : world.runs.values()) {
      List<JobAttempt> own =
          world.attempts.values().stream().filter(each -> each.run() == run.number()).toList();
      long active = own.stream().filter(each -> each.state() == JobAttempt.State.ACTIVE).count();
      long failed = own.stream().filter(each -> each.state() == JobAttempt.State.FAILED).count();
      long indexes =
          own.stream()
              .filter(each -> each.state() == JobAttempt.State.SUCCEEDED)
              .map(JobAttempt::index)
              .distinct()
              .count();
      assertThat(active)
          .as("parallelism; %s", when)
          .isLessThanOrEqualTo(run.policy().parallelism());
      assertThat(own.stream().filter(each -> each.state() == JobAttempt.State.SUCCEEDED).count())
          .as("no completion is made twice; %s", when)
          .isEqualTo(indexes);
      if (run.state() == JobRun.State.SUCCEEDED) {
        assertThat(indexes).as(when).isEqualTo(run.policy().completions());
      }
      if (run.state() == JobRun.State.FAILED) {
        assertThat(failed).as(when).isGreaterThan(run.policy().retries());
      }
      assertThat(run.state().ended() && active > 0).as("no attempt outlives; %s", when).isFalse();
    }
  }
}
