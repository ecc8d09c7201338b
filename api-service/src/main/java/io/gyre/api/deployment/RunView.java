package io.gyre.api.deployment;

import io.gyre.model.JobAttempt;
import io.gyre.model.JobRun;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of a job as clients see it.
 *
 * @param trigger {@code revision}, {@code schedule} or {@code request}
 * @param actor who asked for it; absent where nobody did
 * @param request that it answers; absent where there is none
 * @param succeeded completions so far
 */
record RunView(
    long number,
    long revision,
    String trigger,
    @Nullable String actor,
    @Nullable Long request,
    @Nullable Instant scheduledAt,
    String state,
    int completions,
    int succeeded,
    int failed,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable Integer exitCode,
    @Nullable String reason,
    @Nullable String message,
    String correlation,
    List<Attempt> attempts) {
  record Attempt(
      int number,
      int index,
      String instance,
      String state,
      Instant createdAt,
      @Nullable Instant endedAt,
      @Nullable Integer exitCode,
      @Nullable String message) {
    static Attempt of(JobAttempt attempt) {
      return new Attempt(
          attempt.number(),
          attempt.index(),
          attempt.instance().value(),
          attempt.state().id(),
          attempt.createdAt(),
          attempt.endedAt(),
          attempt.exitCode(),
          attempt.message());
    }
  }

  /**
   * @param all attempts of the job
   */
  static RunView of(JobRun run, List<JobAttempt> all) {
    List<JobAttempt> own = all.stream().filter(each -> each.run() == run.number()).toList();
    return new RunView(
        run.number(),
        run.revision(),
        run.trigger().id(),
        run.by().isEmpty() ? null : run.by(),
        run.request() == 0 ? null : run.request(),
        run.scheduledAt(),
        run.state().id(),
        run.policy().completions(),
        count(own, JobAttempt.State.SUCCEEDED),
        count(own, JobAttempt.State.FAILED),
        run.createdAt(),
        run.startedAt(),
        run.endedAt(),
        run.exitCode(),
        run.reason(),
        run.message(),
        run.correlation(),
        own.stream().map(Attempt::of).toList());
  }

  private static int count(List<JobAttempt> attempts, JobAttempt.State state) {
    return (int) attempts.stream().filter(each -> each.state() == state).count();
  }
}
