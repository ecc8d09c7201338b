package io.gyre.reconciler.job;

import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRun;
import io.gyre.reconciler.plan.Plan;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done for a job now, what is new about its runs, and how it stands.
 *
 * @param job as it is from now on
 * @param runs those that changed
 * @param attempts those that changed
 * @param dropped runs to forget
 * @param wakeAt when to plan again though nothing happened; null: not before something does
 */
public record JobPlan(
    JobRecord job,
    List<JobRun> runs,
    List<JobAttempt> attempts,
    List<Long> dropped,
    List<JobStep> steps,
    List<Note> notes,
    Plan.Status status,
    @Nullable Instant wakeAt) {
  /** An event to be. */
  public record Note(
      EventRecord.Level level,
      @Nullable InstanceId instance,
      String reason,
      String message,
      String correlation) {}

  public JobPlan {
    runs = List.copyOf(runs);
    attempts = List.copyOf(attempts);
    dropped = List.copyOf(dropped);
    steps = List.copyOf(steps);
    notes = List.copyOf(notes);
  }

  /** Whether nothing is left to look after. */
  public boolean forgets() {
    return steps.stream().anyMatch(JobStep.Forget.class::isInstance);
  }

  /** Whether it records the end of a run. */
  public boolean ends() {
    return runs.stream().anyMatch(run -> run.state().ended());
  }

  /** For golden tests and logs. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (JobRun run : runs) {
      text.append("run ").append(run.number()).append(' ').append(run.state().id());
      text.append(run.message() == null ? "\n" : ": " + run.message() + "\n");
    }
    for (JobStep step : steps) {
      text.append(
          switch (step) {
            case JobStep.Create s ->
                "create attempt " + s.number() + " of run " + s.run() + " for #" + s.index();
            case JobStep.Start s -> "start " + s.instance();
            case JobStep.Stop s -> "stop " + s.instance();
            case JobStep.Remove s -> "remove " + s.instance();
            case JobStep.Forget s -> "forget";
          });
      text.append(": ").append(step.because()).append('\n');
    }
    text.append(status.phase().id()).append(' ').append(status.ready());
    text.append(status.message() == null ? "" : ": " + status.message());
    return text.append(wakeAt == null ? "\n" : "; again at " + wakeAt + "\n").toString();
  }
}
