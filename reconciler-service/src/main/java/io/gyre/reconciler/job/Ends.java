package io.gyre.reconciler.job;

import static io.gyre.model.EventRecord.Level.WARNING;

import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRun;
import io.gyre.model.JobRun.State;
import io.gyre.reconciler.plan.Ending;
import io.gyre.reconciler.plan.Planner;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Takes down how attempts and runs ended. */
final class Ends {
  /** What an instance printed last may come a moment after its end. */
  private static final Duration LAST_WORDS = Duration.ofMillis(500);

  private final Draft draft;

  Ends(Draft draft) {
    this.draft = draft;
  }

  void take() {
    for (JobRun run : draft.ledger.open()) {
      for (JobAttempt attempt : draft.ledger.attempts(run, JobAttempt.State.ACTIVE)) {
        takeEnd(run, attempt);
      }
    }
  }

  private void takeEnd(JobRun run, JobAttempt attempt) {
    InstanceRecord row = draft.view.instances().get(attempt.instance());
    if (row == null
        || row.removing()
        || (row.state() == InstanceState.PENDING && row.startedAt() != null)) {
      failed(run, attempt, draft.now, null, "was removed by somebody else");
    } else if (row.state() == InstanceState.FAILED && draft.view.hopeless().containsKey(row.id())) {
      failed(run, attempt, draft.now, null, "could not be started: " + row.message());
    } else if (row.state() == InstanceState.EXITED) {
      exited(run, attempt, row.lastExit());
    }
  }

  private void exited(JobRun run, JobAttempt attempt, @Nullable ExitRecord exit) {
    if (exit == null) {
      failed(run, attempt, draft.now, null, "was stopped by somebody else");
      return;
    }
    Instant at = exit.at().isAfter(draft.now) ? draft.now : exit.at();
    if (exit.code() == 0) {
      draft.ledger.put(attempt.ended(JobAttempt.State.SUCCEEDED, at, 0, null));
    } else if (exit.lastLines().isEmpty() && !Planner.livedFor(exit.at(), LAST_WORDS, draft.now)) {
      draft.wakeAt(exit.at().plus(LAST_WORDS));
    } else {
      failed(run, attempt, at, exit.code(), Ending.words(exit) + Ending.lastLine(exit));
    }
  }

  private void failed(
      JobRun run, JobAttempt attempt, Instant at, @Nullable Integer code, String how) {
    draft.ledger.put(attempt.ended(JobAttempt.State.FAILED, at, code, how));
    int failures = draft.ledger.attempts(run, JobAttempt.State.FAILED).size();
    String words = "attempt " + attempt.number() + " (" + attempt.instance() + ") " + how;
    boolean again = failures <= run.policy().retries() && !draft.superseded(run);
    draft.ledger.note(
        WARNING,
        attempt.instance(),
        "job_attempt_failed",
        "run "
            + run.number()
            + ": "
            + words
            + (again
                ? "; retry "
                    + failures
                    + " of "
                    + run.policy().retries()
                    + " at "
                    + at.plus(run.policy().delay(failures))
                : ""),
        run.correlation());
    draft.ledger.put(run.saying("attempt_failed", words));
  }

  void decide() {
    for (JobRun run : draft.ledger.open()) {
      List<JobAttempt> failures = draft.ledger.attempts(run, JobAttempt.State.FAILED);
      if (run.state() == State.PENDING) {
        if (draft.superseded(run)) {
          draft.supersede(run);
        }
      } else if (draft.succeeded(run).size() >= run.policy().completions()) {
        Instant at =
            draft.ledger.attempts(run, JobAttempt.State.SUCCEEDED).stream()
                .map(JobAttempt::endedAt)
                .filter(Objects::nonNull)
                .max(Instant::compareTo)
                .orElse(draft.now);
        draft.ledger.end(run.ended(State.SUCCEEDED, at, 0, null, null), draft.now);
      } else if (failures.size() > run.policy().retries()) {
        JobAttempt last = failures.getLast();
        draft.ledger.end(
            run.ended(
                State.FAILED,
                Objects.requireNonNullElse(last.endedAt(), draft.now),
                last.exitCode(),
                failures.size() == 1 ? "failed" : "retries_used_up",
                "attempt " + last.number() + " (" + last.instance() + ") " + last.message()),
            draft.now);
      } else if (draft.superseded(run)
          && draft.ledger.attempts(run, JobAttempt.State.ACTIVE).isEmpty()) {
        draft.supersede(run);
      }
    }
  }
}
