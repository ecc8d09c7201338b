package io.gyre.reconciler.job;

import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRun;
import io.gyre.model.JobRun.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Makes the attempts that runs need. */
final class Attempts {
  private final Draft draft;

  Attempts(Draft draft) {
    this.draft = draft;
  }

  void make() {
    for (JobRun run : draft.ledger.open()) {
      if (run.state() == State.RUNNING) {
        if (!draft.superseded(run)) {
          makeAttempts(run);
        }
        startAgain(run);
      }
    }
  }

  private void makeAttempts(JobRun run) {
    List<JobAttempt> active = draft.ledger.attempts(run, JobAttempt.State.ACTIVE);
    List<JobAttempt> failures = draft.ledger.attempts(run, JobAttempt.State.FAILED);
    Set<Integer> done = draft.succeeded(run);
    int room = run.policy().parallelism() - active.size();
    int number = draft.ledger.attempts(run).size();
    for (int index = 0; index < run.policy().completions() && room > 0; index++) {
      int wanted = index;
      boolean there =
          done.contains(index)
              || draft.ledger.attempts(run).stream()
                  .anyMatch(
                      each ->
                          each.index() == wanted
                              && (each.state() == JobAttempt.State.ACTIVE
                                  || draft.live(each.instance())));
      if (there) {
        continue;
      }
      JobAttempt last =
          failures.stream().filter(each -> each.index() == wanted).reduce((a, b) -> b).orElse(null);
      Instant due = last == null ? draft.now : due(run, last, failures.size());
      if (due.isAfter(draft.now)) {
        draft.wakeAt(due);
        continue;
      }
      room--;
      number++;
      draft.steps.add(
          new JobStep.Create(
              run.number(),
              run.revision(),
              number,
              index,
              run.correlation(),
              last == null
                  ? "run " + run.number() + " needs it"
                  : "attempt " + last.number() + " of run " + run.number() + " failed"));
    }
  }

  /** Further ahead than the delay it was noted by a clock that has been set back since. */
  private Instant due(JobRun run, JobAttempt last, int failures) {
    Duration delay = run.policy().delay(failures);
    Instant due = Objects.requireNonNullElse(last.endedAt(), draft.now).plus(delay);
    return due.isAfter(draft.now.plus(delay)) ? draft.now : due;
  }

  private void startAgain(JobRun run) {
    for (JobAttempt attempt : draft.ledger.attempts(run, JobAttempt.State.ACTIVE)) {
      InstanceRecord row = draft.view.instances().get(attempt.instance());
      if (row == null || row.removing() || draft.view.busy().contains(row.id())) {
        continue;
      }
      if (row.state() == InstanceState.PENDING) {
        draft.steps.add(new JobStep.Start(row.id(), "it has not been started yet"));
      } else if (row.state() == InstanceState.FAILED) {
        Instant due = draft.due(row);
        if (due.isAfter(draft.now)) {
          draft.wakeAt(due);
        } else {
          draft.steps.add(new JobStep.Start(row.id(), "its last start failed"));
        }
      }
    }
  }
}
