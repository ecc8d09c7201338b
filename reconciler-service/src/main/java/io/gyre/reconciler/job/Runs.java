package io.gyre.reconciler.job;

import static io.gyre.model.EventRecord.Level.NORMAL;

import io.gyre.model.BootTime;
import io.gyre.model.JobRun;
import io.gyre.model.JobRun.State;
import io.gyre.model.JobSchedule.Concurrency;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Begins runs and ends those that take too long. */
final class Runs {
  private final Draft draft;

  Runs(Draft draft) {
    this.draft = draft;
  }

  void timeOut() {
    for (JobRun run : draft.ledger.open()) {
      Duration timeout = run.policy().timeout();
      if (timeout == null || run.state() != State.RUNNING) {
        continue;
      }
      Duration left = timeout.minus(elapsed(run));
      if (left.isPositive()) {
        draft.wakeAt(draft.now.plus(left));
      } else {
        draft.ledger.end(
            run.ended(
                State.TIMED_OUT,
                draft.now,
                null,
                "timed_out",
                "it ran longer than " + words(timeout)),
            draft.now);
      }
    }
  }

  private static String words(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  /** By the clock that nobody sets, where the machine wasn't booted since. */
  private Duration elapsed(JobRun run) {
    BootTime then = run.clock();
    Instant started = run.startedAt();
    if (then != null
        && !then.bootId().isEmpty()
        && then.bootId().equals(draft.view.clock().bootId())) {
      return Duration.ofMillis(draft.view.clock().uptimeMs() - then.uptimeMs());
    }
    Duration passed = started == null ? Duration.ZERO : Duration.between(started, draft.now);
    return passed.isNegative() ? Duration.ZERO : passed;
  }

  void begin() {
    for (JobRun run : draft.ledger.open()) {
      if (run.state() != State.PENDING) {
        continue;
      }
      String waits = waitsFor(run);
      if (waits == null) {
        draft.ledger.put(run.begun(draft.now, draft.view.clock()));
        draft.ledger.note(NORMAL, null, "job_run_started", started(run), run.correlation());
      } else if (!waits.equals(run.message())) {
        draft.ledger.put(run.saying("waiting", waits));
        draft.ledger.note(
            NORMAL,
            null,
            "job_run_waiting",
            "run " + run.number() + " " + waits,
            run.correlation());
      }
    }
  }

  private static String started(JobRun run) {
    return "run "
        + run.number()
        + " of revision "
        + run.revision()
        + " begins, "
        + switch (run.trigger()) {
          case REVISION -> "since it's the first of this revision";
          case SCHEDULE -> "since it is time: " + run.scheduledAt();
          case REQUEST -> "since " + run.by() + " asked for it";
        };
  }

  private @Nullable String waitsFor(JobRun run) {
    if (draft.policy.concurrency() != Concurrency.ALLOW) {
      for (JobRun other : draft.ledger.runs()) {
        boolean before = other.number() < run.number();
        if (before && (!other.state().ended() || draft.anyLive(other))) {
          return "waits for run " + other.number() + " to end";
        }
      }
    }
    return draft.view.waitsFor() == null ? null : "waits for " + draft.view.waitsFor();
  }
}
