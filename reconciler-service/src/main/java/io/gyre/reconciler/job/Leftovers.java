package io.gyre.reconciler.job;

import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRun;
import io.gyre.reconciler.plan.Planner;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Stops and removes what no run needs any more, and forgets old runs. */
final class Leftovers {
  private final Draft draft;

  Leftovers(Draft draft) {
    this.draft = draft;
  }

  void tidy() {
    Set<InstanceId> needed =
        draft.ledger.open().stream()
            .flatMap(run -> draft.ledger.attempts(run, JobAttempt.State.ACTIVE).stream())
            .map(JobAttempt::instance)
            .collect(Collectors.toSet());
    Set<InstanceId> known =
        draft.ledger.runs().stream()
            .flatMap(run -> draft.ledger.attempts(run).stream())
            .map(JobAttempt::instance)
            .collect(Collectors.toSet());
    for (InstanceRecord row : draft.view.instances().values()) {
      if (row.removing()) {
        draft.remove(row, "its removal has not been confirmed yet");
      } else if (!known.contains(row.id())) {
        draft.remove(row, "its run is no longer kept");
      } else if (!needed.contains(row.id())) {
        settle(row);
      }
    }
    for (JobRun run : draft.ledger.runs()) {
      Instant ended = run.endedAt();
      if (ended != null) {
        expire(run, ended);
      }
    }
  }

  /** Its attempt has ended. */
  private void settle(InstanceRecord row) {
    switch (row.state()) {
      case EXITED, STOPPED -> {}
      case PENDING, FAILED -> draft.remove(row, "nothing needs it any more");
      case STOPPING -> {
        if (!draft.view.busy().contains(row.id())) {
          Instant due = draft.due(row);
          if (due.isAfter(draft.now)) {
            draft.wakeAt(due);
          } else {
            draft.steps.add(new JobStep.Stop(row.id(), "its stop has not been confirmed yet"));
          }
        }
      }
      case STARTING, RUNNING, BACKING_OFF, CRASH_LOOPING, UNKNOWN ->
          draft.steps.add(new JobStep.Stop(row.id(), "its run has ended"));
    }
  }

  private void expire(JobRun run, Instant ended) {
    // The policy of now: whoever shortens it wants the room.
    boolean expired = Planner.livedFor(ended, draft.policy.ttl(), draft.now);
    for (JobAttempt attempt : draft.ledger.attempts(run)) {
      InstanceRecord row = draft.view.instances().get(attempt.instance());
      if (row == null || row.removing() || row.state() != InstanceState.EXITED) {
        continue;
      }
      if (expired) {
        draft.remove(row, "run " + run.number() + " ended longer ago than its ttl");
      } else {
        draft.wakeAt(ended.plus(draft.policy.ttl()));
      }
    }
  }

  void forgetOld() {
    List<JobRun> ended = draft.ledger.runs().stream().filter(run -> run.state().ended()).toList();
    for (JobRun run : ended.subList(0, Math.max(0, ended.size() - draft.policy.keepRuns()))) {
      if (!draft.anyLive(run)) {
        draft.ledger.attempts(run).stream()
            .map(each -> draft.view.instances().get(each.instance()))
            .filter(row -> row != null && !row.removing())
            .forEach(row -> draft.remove(row, "run " + run.number() + " is no longer kept"));
        draft.ledger.drop(run);
      }
    }
  }
}
