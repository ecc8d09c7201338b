package io.gyre.reconciler.job;

import io.gyre.model.DeploymentPhase;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRun;
import io.gyre.model.JobSchedule;
import io.gyre.reconciler.plan.Plan;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a job stands, by its newest run or what of older ones is still under way. */
final class JobStatus {
  private JobStatus() {}

  static Plan.Status of(JobView view, JobRecord job, Ledger ledger) {
    int total = view.instances().size();
    if (view.desired().deleted()) {
      return new Plan.Status(
          DeploymentPhase.DELETING, 0, total, "deleting", total + " left to remove");
    }
    List<JobRun> running =
        ledger.open().stream().filter(run -> run.state() == JobRun.State.RUNNING).toList();
    JobRun run = running.isEmpty() ? ledger.last() : running.getLast();
    if (run == null) {
      return idle(view, job);
    }
    int ready =
        (int)
            ledger.attempts(run, JobAttempt.State.SUCCEEDED).stream()
                .map(JobAttempt::index)
                .distinct()
                .count();
    String words = "run " + run.number() + " " + run.state().id().replace('_', ' ');
    String message = run.message() == null ? words : words + ": " + run.message();
    return switch (run.state()) {
      case PENDING -> status(DeploymentPhase.PENDING, ready, total, "waiting", message);
      case RUNNING -> {
        String failure = failure(view, ledger, run);
        yield status(
            DeploymentPhase.RUNNING,
            ready,
            total,
            failure == null ? null : "start_failed",
            failure == null ? message : words + ": " + failure);
      }
      case SUCCEEDED -> status(DeploymentPhase.COMPLETED, ready, total, null, message);
      case FAILED, TIMED_OUT -> status(DeploymentPhase.FAILED, ready, total, run.reason(), message);
      case CANCELLED -> status(DeploymentPhase.STOPPED, ready, total, run.reason(), message);
    };
  }

  private static Plan.Status status(
      DeploymentPhase phase, int ready, int total, @Nullable String reason, String message) {
    return new Plan.Status(phase, ready, total, reason, message);
  }

  private static Plan.Status idle(JobView view, JobRecord job) {
    JobSchedule schedule = view.desired().jobPolicy().schedule();
    int total = view.instances().size();
    if (schedule == null) {
      return new Plan.Status(DeploymentPhase.PENDING, 0, total, null, null);
    }
    if (schedule.suspend()) {
      return status(DeploymentPhase.STOPPED, 0, total, "suspended", "its schedule is suspended");
    }
    Instant decided = job.decidedUntil();
    Instant next = schedule.next(decided == null ? view.now() : decided, view.zone()).orElse(null);
    return status(DeploymentPhase.PENDING, 0, total, "scheduled", "first run at " + next);
  }

  /** Why an attempt can't be started so far. */
  private static @Nullable String failure(JobView view, Ledger ledger, JobRun run) {
    for (JobAttempt attempt : ledger.attempts(run, JobAttempt.State.ACTIVE)) {
      InstanceRecord row = view.instances().get(attempt.instance());
      if (row != null && row.state() == InstanceState.FAILED) {
        return row.id() + " could not be started: " + row.message();
      }
    }
    return null;
  }
}
