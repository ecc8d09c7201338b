package io.gyre.api.deployment;

import io.gyre.model.DesiredDeployment;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRun;
import io.gyre.model.JobSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * How a job runs, and how its last run went; durations are in milliseconds.
 *
 * @param nextRunAt null where no schedule starts one
 * @param lastRun null before the first
 */
record JobView(
    int completions,
    int parallelism,
    int retries,
    long retryDelayMs,
    @Nullable Long timeoutMs,
    long ttlMs,
    int keepRuns,
    @Nullable Schedule schedule,
    @Nullable Instant nextRunAt,
    @Nullable LastRun lastRun) {
  record Schedule(
      String cron,
      @Nullable String timeZone,
      String concurrency,
      long startingDeadlineMs,
      boolean suspend) {}

  record LastRun(
      long number,
      long revision,
      String state,
      int completions,
      Instant createdAt,
      @Nullable Instant endedAt,
      @Nullable Integer exitCode,
      @Nullable String message) {}

  static JobView of(DesiredDeployment wanted, @Nullable JobRun run, Instant now) {
    JobPolicy policy = wanted.jobPolicy();
    JobSchedule schedule = policy.schedule();
    Duration timeout = policy.timeout();
    return new JobView(
        policy.completions(),
        policy.parallelism(),
        policy.retries(),
        policy.retryDelay().toMillis(),
        timeout == null ? null : timeout.toMillis(),
        policy.ttl().toMillis(),
        policy.keepRuns(),
        schedule == null ? null : schedule(schedule),
        schedule == null || schedule.suspend() || wanted.deleted()
            ? null
            : schedule.next(now, ZoneId.systemDefault()).orElse(null),
        run == null
            ? null
            : new LastRun(
                run.number(),
                run.revision(),
                run.state().id(),
                run.policy().completions(),
                run.createdAt(),
                run.endedAt(),
                run.exitCode(),
                run.message()));
  }

  private static Schedule schedule(JobSchedule schedule) {
    return new Schedule(
        schedule.cron(),
        schedule.timeZone(),
        schedule.concurrency().id(),
        schedule.startingDeadline().toMillis(),
        schedule.suspend());
  }
}
