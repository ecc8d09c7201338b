package io.gyre.reconciler.job;

import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The runs and attempts of one plan in the making, and what became new about them. */
final class Ledger {
  private record AttemptKey(long run, int number) {}

  private final TreeMap<Long, JobRun> runs = new TreeMap<>();
  private final Map<Long, TreeMap<Integer, JobAttempt>> attempts = new HashMap<>();
  private final Set<Long> changedRuns = new HashSet<>();
  private final Set<AttemptKey> changedAttempts = new HashSet<>();
  private final List<Long> dropped = new ArrayList<>();
  private final List<JobPlan.Note> notes = new ArrayList<>();

  Ledger(Collection<JobRun> allRuns, Collection<JobAttempt> allAttempts) {
    allRuns.forEach(run -> runs.put(run.number(), run));
    for (JobAttempt each : allAttempts) {
      attempts.computeIfAbsent(each.run(), run -> new TreeMap<>()).put(each.number(), each);
    }
  }

  /** Oldest first. */
  List<JobRun> runs() {
    return List.copyOf(runs.values());
  }

  /** Those that haven't ended, oldest first. */
  List<JobRun> open() {
    return runs.values().stream().filter(run -> !run.state().ended()).toList();
  }

  @Nullable JobRun find(long number) {
    return runs.get(number);
  }

  @Nullable JobRun last() {
    return runs.isEmpty() ? null : runs.lastEntry().getValue();
  }

  /** In order of their numbers. */
  Collection<JobAttempt> attempts(JobRun run) {
    TreeMap<Integer, JobAttempt> own = attempts.get(run.number());
    return own == null ? List.of() : List.copyOf(own.values());
  }

  List<JobAttempt> attempts(JobRun run, JobAttempt.State state) {
    return attempts(run).stream().filter(each -> each.state() == state).toList();
  }

  void put(JobRun run) {
    runs.put(run.number(), run);
    changedRuns.add(run.number());
  }

  void put(JobAttempt attempt) {
    attempts.computeIfAbsent(attempt.run(), run -> new TreeMap<>()).put(attempt.number(), attempt);
    changedAttempts.add(new AttemptKey(attempt.run(), attempt.number()));
  }

  /** Ends it; its instances, if any still run, are to stop. */
  void end(JobRun ended, Instant now) {
    put(ended);
    for (JobAttempt each : attempts(ended, JobAttempt.State.ACTIVE)) {
      put(each.ended(JobAttempt.State.STOPPED, now, null, "the run ended before it did"));
    }
    boolean good = ended.state() == JobRun.State.SUCCEEDED;
    note(
        good ? EventRecord.Level.NORMAL : EventRecord.Level.WARNING,
        null,
        "job_run_" + ended.state().id(),
        "run "
            + ended.number()
            + " "
            + ended.state().id().replace('_', ' ')
            + (ended.message() == null ? "" : ": " + ended.message()),
        ended.correlation());
  }

  void drop(JobRun run) {
    runs.remove(run.number());
    changedRuns.remove(run.number());
    for (JobAttempt each : attempts(run)) {
      changedAttempts.remove(new AttemptKey(run.number(), each.number()));
    }
    attempts.remove(run.number());
    dropped.add(run.number());
  }

  void note(
      EventRecord.Level level,
      @Nullable InstanceId instance,
      String reason,
      String message,
      String correlation) {
    notes.add(new JobPlan.Note(level, instance, reason, message, correlation));
  }

  List<JobRun> changedRuns() {
    return runs.values().stream().filter(run -> changedRuns.contains(run.number())).toList();
  }

  List<JobAttempt> changedAttempts() {
    return runs.values().stream()
        .flatMap(run -> attempts(run).stream())
        .filter(each -> changedAttempts.contains(new AttemptKey(each.run(), each.number())))
        .toList();
  }

  List<Long> dropped() {
    return dropped;
  }

  List<JobPlan.Note> notes() {
    return notes;
  }
}
