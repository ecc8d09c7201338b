package io.gyre.reconciler.job;

import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRun;
import io.gyre.model.JobRun.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A plan in the making: what it is made of, and what was decided so far. */
final class Draft {
  /** No failed step waits longer than this for its next try. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  final JobView view;
  final DesiredDeployment desired;
  final JobPolicy policy;
  final Instant now;
  final Ledger ledger;
  final List<JobStep> steps = new ArrayList<>();
  JobRecord job;
  private @Nullable Instant wakeAt;

  Draft(JobView view) {
    this.view = view;
    this.desired = view.desired();
    this.policy = desired.jobPolicy();
    this.now = view.now();
    this.ledger = new Ledger(view.runs(), view.attempts());
    JobRecord known = view.job();
    this.job =
        known == null ? new JobRecord(desired.key(), desired.uid(), 0, 0, 0, "", null) : known;
  }

  @Nullable Instant wakeAt() {
    return wakeAt;
  }

  boolean anyLive(JobRun run) {
    return ledger.attempts(run).stream().anyMatch(each -> live(each.instance()));
  }

  boolean live(InstanceId id) {
    InstanceRecord row = view.instances().get(id);
    return row != null && row.state() != InstanceState.EXITED;
  }

  Set<Integer> succeeded(JobRun run) {
    return ledger.attempts(run, JobAttempt.State.SUCCEEDED).stream()
        .map(JobAttempt::index)
        .collect(Collectors.toSet());
  }

  /** Without a schedule the run of a newer revision takes its place, once what runs has ended. */
  boolean superseded(JobRun run) {
    return policy.schedule() == null && run.revision() != desired.revision();
  }

  void supersede(JobRun run) {
    ledger.end(
        run.ended(
            State.CANCELLED,
            now,
            null,
            "superseded",
            "revision " + desired.revision() + " takes the place of " + run.revision()),
        now);
  }

  void remove(InstanceRecord row, String because) {
    boolean planned =
        steps.stream()
            .anyMatch(
                step -> step instanceof JobStep.Remove other && other.instance().equals(row.id()));
    if (planned) {
      return;
    }
    if (row.removing()) {
      if (view.busy().contains(row.id())) {
        return;
      }
      Instant due = due(row);
      if (due.isAfter(now)) {
        wakeAt(due);
        return;
      }
    }
    steps.add(new JobStep.Remove(row.id(), because));
  }

  /** When the next try of what failed comes, never long after now: clocks may be set back. */
  Instant due(InstanceRecord row) {
    Instant due = row.nextStartAt();
    return due == null || due.isAfter(now.plus(LONGEST_WAIT)) ? now : due;
  }

  void wakeAt(Instant at) {
    if (wakeAt == null || at.isBefore(wakeAt)) {
      wakeAt = at;
    }
  }
}
