package io.gyre.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a job runs. It is no part of a revision: changing it starts no run, and a run keeps what it
 * began with.
 *
 * @param completions how often it must end with code 0, at least 1
 * @param parallelism how many of its instances run at once, at least 1
 * @param retries failed attempts that a run makes up for; one more and it has failed
 * @param retryDelay before the first retry; doubles with each, at most {@link #LONGEST_DELAY}
 * @param timeout of a whole run, from its first instance on; null: none
 * @param ttl how long the instances of a finished run are kept
 * @param keepRuns finished runs that are kept
 * @param schedule null: a run per revision
 */
public record JobPolicy(
    int completions,
    int parallelism,
    int retries,
    Duration retryDelay,
    @Nullable Duration timeout,
    Duration ttl,
    int keepRuns,
    @Nullable JobSchedule schedule) {
  public static final Duration LONGEST_DELAY = Duration.ofMinutes(6);

  public static final JobPolicy DEFAULT =
      new JobPolicy(1, 1, 3, Duration.ofSeconds(10), null, Duration.ofHours(24), 10, null);

  /** Before the retry that follows the n-th failure, from 1. */
  public Duration delay(int failure) {
    Duration delay = retryDelay;
    for (int i = 1; i < failure && delay.compareTo(LONGEST_DELAY) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    Duration longest = retryDelay.compareTo(LONGEST_DELAY) > 0 ? retryDelay : LONGEST_DELAY;
    return delay.compareTo(longest) > 0 ? longest : delay;
  }

  /** What becomes of a run while another one is under way. */
  public JobSchedule.Concurrency concurrency() {
    return schedule == null ? JobSchedule.Concurrency.FORBID : schedule.concurrency();
  }
}
