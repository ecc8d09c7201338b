package io.gyre.reconciler.job;

import io.gyre.model.JobRun;
import io.gyre.model.JobRun.State;

/**
 * {@code (desired, observed, now) -> plan} for one job.
 *
 * <pre>
 *  new revision, due time, request
 *            │
 *            ▼      begins            code 0 as often as wanted
 *         PENDING ────────▶ RUNNING ─────────────────────────────▶ SUCCEEDED
 *            │                 ├── one failure more than retries ─▶ FAILED
 *            │                 ├── longer than its timeout ───────▶ TIMED_OUT
 *            └─────────────────┴── asked for, replaced, superseded ▶ CANCELLED
 * </pre>
 *
 * What ended is never looked at again: a run ends once, whoever looks how often. Ends that were
 * seen come first, so that a run that was done in time is no victim of its timeout because nobody
 * was there to look.
 */
public final class JobPlanner {
  private JobPlanner() {}

  public static JobPlan plan(JobView view) {
    Draft draft = new Draft(view);
    if (view.desired().deleted()) {
      delete(draft);
    } else {
      Ends ends = new Ends(draft);
      Beginnings beginnings = new Beginnings(draft);
      Runs runs = new Runs(draft);
      Leftovers leftovers = new Leftovers(draft);
      ends.take();
      ends.decide();
      beginnings.answer();
      beginnings.runRevision();
      beginnings.runSchedule();
      runs.timeOut();
      runs.begin();
      new Attempts(draft).make();
      leftovers.tidy();
      leftovers.forgetOld();
    }
    return new JobPlan(
        draft.job,
        draft.ledger.changedRuns(),
        draft.ledger.changedAttempts(),
        draft.ledger.dropped(),
        draft.steps,
        draft.ledger.notes(),
        JobStatus.of(view, draft.job, draft.ledger),
        draft.wakeAt());
  }

  private static void delete(Draft draft) {
    for (JobRun run : draft.ledger.open()) {
      draft.ledger.end(
          run.ended(State.CANCELLED, draft.now, null, "deleted", "the deployment is deleted"),
          draft.now);
    }
    // Wanted again, it's as new.
    draft.job = draft.job.ofRevision(0).decided("", null);
    draft.view.instances().values().forEach(row -> draft.remove(row, "the deployment is deleted"));
    if (draft.view.instances().isEmpty()) {
      draft.steps.add(new JobStep.Forget("nothing is left of the deleted deployment"));
    }
  }
}
