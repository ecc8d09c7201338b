package io.gyre.reconciler.job;

import static io.gyre.model.EventRecord.Level.NORMAL;
import static io.gyre.model.EventRecord.Level.WARNING;

import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import io.gyre.model.JobRun.State;
import io.gyre.model.JobSchedule;
import io.gyre.model.JobSchedule.Concurrency;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the runs that are due: asked for, of a new revision, by the schedule. */
final class Beginnings {
  private final Draft draft;

  Beginnings(Draft draft) {
    this.draft = draft;
  }

  void answer() {
    for (JobRequest request : draft.view.requests()) {
      if (request.seq() <= draft.job.request()) {
        continue;
      }
      draft.job = draft.job.answered(request.seq());
      if (!request.uid().equals(draft.desired.uid())) {
        continue;
      }
      switch (request.kind()) {
        case RUN ->
            make(
                JobRun.Trigger.REQUEST,
                request.actor(),
                request.seq(),
                null,
                request.correlation());
        case CANCEL -> cancel(request);
      }
    }
  }

  private void cancel(JobRequest request) {
    boolean any = false;
    for (JobRun run : draft.ledger.open()) {
      if (request.run() == 0 || request.run() == run.number()) {
        any = true;
        draft.ledger.end(
            run.ended(
                State.CANCELLED, draft.now, null, "cancelled", request.actor() + " cancelled it"),
            draft.now);
      }
    }
    if (!any) {
      draft.ledger.note(
          NORMAL,
          null,
          "job_cancel_late",
          "nothing was cancelled: "
              + (request.run() == 0 ? "no run" : "run " + request.run() + " no longer")
              + " was under way",
          request.correlation());
    }
  }

  void runRevision() {
    if (draft.job.revision() == draft.desired.revision()) {
      return;
    }
    draft.job = draft.job.ofRevision(draft.desired.revision());
    if (draft.policy.schedule() != null) {
      return;
    }
    draft.ledger.open().stream()
        .filter(run -> run.state() == State.PENDING && draft.superseded(run))
        .forEach(draft::supersede);
    make(JobRun.Trigger.REVISION, "", 0, null, draft.desired.correlation());
  }

  void runSchedule() {
    JobSchedule schedule = draft.policy.schedule();
    if (schedule == null) {
      draft.job = draft.job.decided("", null);
      return;
    }
    // What passes while it is suspended is not made up for, so its end is a beginning.
    String text =
        schedule.cron()
            + (schedule.timeZone() == null ? "" : " " + schedule.timeZone())
            + (schedule.suspend() ? " suspended" : "");
    Instant decided = draft.job.decidedUntil();
    if (decided == null || !draft.job.schedule().equals(text)) {
      decided =
          draft.desired.updatedAt().isAfter(draft.now) ? draft.now : draft.desired.updatedAt();
    }
    Timetable table = Timetable.at(schedule, decided, draft.view.zone(), draft.now);
    draft.job = draft.job.decided(text, table.decidedUntil());
    if (table.next() != null && !schedule.suspend()) {
      draft.wakeAt(table.next());
    }
    if (table.setBack()) {
      draft.ledger.note(
          WARNING,
          null,
          "job_clock_set_back",
          "the clock was set back from " + decided + "; the schedule goes on from now",
          "schedule");
    }
    if (schedule.suspend()) {
      return;
    }
    if (table.missed() != null) {
      draft.ledger.note(
          WARNING,
          null,
          "job_run_missed",
          "the run of "
              + table.missed()
              + (table.due() == null ? "" : " and what was due before " + table.due())
              + " was missed; "
              + (table.due() == null
                  ? "it is later than starting_deadline"
                  : "only the last one runs"),
          "schedule");
    }
    if (table.due() != null) {
      due(schedule, table.due());
    }
  }

  private void due(JobSchedule schedule, Instant time) {
    String correlation = "schedule-" + time.getEpochSecond();
    for (JobRun run : draft.ledger.runs()) {
      if (time.equals(run.scheduledAt())) {
        return;
      }
    }
    List<JobRun> open = draft.ledger.open();
    if (schedule.concurrency() == Concurrency.FORBID && !open.isEmpty()) {
      draft.ledger.note(
          WARNING,
          null,
          "job_run_skipped",
          "the run of "
              + time
              + " is skipped: run "
              + open.getLast().number()
              + " is still under way",
          correlation);
      return;
    }
    make(JobRun.Trigger.SCHEDULE, "", 0, time, correlation);
  }

  private void make(
      JobRun.Trigger trigger,
      String by,
      long request,
      @Nullable Instant scheduledAt,
      String correlation) {
    long number = draft.job.lastRun() + 1;
    if (draft.policy.concurrency() == Concurrency.REPLACE) {
      for (JobRun run : draft.ledger.open()) {
        draft.ledger.end(
            run.ended(
                State.CANCELLED, draft.now, null, "replaced", "run " + number + " takes its place"),
            draft.now);
      }
    }
    draft.job = draft.job.numbered(number);
    draft.ledger.put(
        new JobRun(
            draft.desired.key(),
            draft.desired.uid(),
            number,
            draft.desired.revision(),
            trigger,
            by,
            request,
            scheduledAt,
            draft.policy,
            State.PENDING,
            draft.now,
            null,
            null,
            null,
            null,
            null,
            null,
            correlation));
  }
}
