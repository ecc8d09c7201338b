package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.BootTime;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import io.gyre.reconciler.job.JobPlan;
import io.gyre.reconciler.job.JobPlanner;
import io.gyre.reconciler.job.JobStep;
import io.gyre.reconciler.job.JobView;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of a deployment's worker that looks after a job; on the worker's thread. What a plan
 * decides about runs and attempts is committed together with the instances that it makes, so that
 * whoever looks after a crash finds both or neither.
 */
final class JobWorker {
  private final DeploymentKey key;
  private final Surroundings around;
  private final DeploymentState state;
  private final Orders orders;
  private final Prerequisites dependencies;
  private final Map<Long, JobRun> runs = new TreeMap<>();
  private final Map<InstanceId, JobAttempt> attempts = new TreeMap<>();
  private @Nullable JobRecord job;
  private boolean loaded;
  private boolean ending;
  private Instant wakeAsked = Instant.EPOCH;
  private long wakeNanos;

  JobWorker(
      DeploymentKey key,
      Surroundings around,
      DeploymentState state,
      Orders orders,
      Prerequisites dependencies) {
    this.key = key;
    this.around = around;
    this.state = state;
    this.orders = orders;
    this.dependencies = dependencies;
  }

  /** What is known may not be what was recorded. */
  void distrust() {
    loaded = false;
  }

  private void load(DesiredDeployment wanted, Batch batch) {
    if (!loaded) {
      runs.clear();
      attempts.clear();
      job = around.store().read().job(key).orElse(null);
      around.store().read().jobRuns(key).forEach(run -> runs.put(run.number(), run));
      around
          .store()
          .read()
          .jobAttempts(key)
          .forEach(attempt -> attempts.put(attempt.instance(), attempt));
      loaded = true;
    }
    JobRecord known = job;
    if (known != null && !known.uid().equals(wanted.uid())) {
      // Of one with the same name that was deleted.
      batch.write(tx -> tx.removeJob(key));
      job = null;
      runs.clear();
      attempts.clear();
    }
  }

  /** Plans and carries out; the status in what it returns is that of afterwards. */
  JobPlan steer(DesiredDeployment wanted, Batch batch, Instant now, String correlation) {
    load(wanted, batch);
    JobRecord known = job;
    List<JobRequest> requests =
        around.store().read().jobRequests(key, known == null ? 0 : known.request());
    BootTime clock = BootClock.now();
    String waits = dependencies.waitsFor(wanted, List.of());
    JobPlan plan = JobPlanner.plan(view(wanted, requests, waits, now, clock));
    ending = plan.ends();
    record(plan, batch);
    for (JobStep step : plan.steps()) {
      carryOut(step, wanted, batch, now, correlation);
    }
    wakeAt(plan.wakeAt(), now);
    if (plan.forgets()) {
      job = null;
      runs.clear();
      attempts.clear();
      return plan;
    }
    JobPlan after = JobPlanner.plan(view(wanted, List.of(), waits, now, clock));
    return new JobPlan(
        plan.job(),
        plan.runs(),
        plan.attempts(),
        plan.dropped(),
        plan.steps(),
        plan.notes(),
        after.status(),
        plan.wakeAt());
  }

  private JobView view(
      DesiredDeployment wanted,
      List<JobRequest> requests,
      @Nullable String waits,
      Instant now,
      BootTime clock) {
    return new JobView(
        wanted,
        job,
        List.copyOf(runs.values()),
        List.copyOf(attempts.values()),
        requests,
        new TreeMap<>(state.instances),
        state.busySince.keySet(),
        state.hopeless,
        waits,
        ZoneId.systemDefault(),
        now,
        clock);
  }

  private void record(JobPlan plan, Batch batch) {
    if (!plan.job().equals(job) && !plan.forgets()) {
      job = plan.job();
      batch.write(tx -> tx.putJob(plan.job()));
    }
    for (JobRun run : plan.runs()) {
      runs.put(run.number(), run);
      batch.write(tx -> tx.putJobRun(run));
    }
    for (JobAttempt attempt : plan.attempts()) {
      put(attempt, batch);
    }
    for (Long run : plan.dropped()) {
      runs.remove(run);
      attempts.values().removeIf(attempt -> attempt.run() == run);
      batch.write(tx -> tx.removeJobRun(key, run));
    }
    for (JobPlan.Note note : plan.notes()) {
      batch.event(
          note.level(),
          note.instance(),
          note.reason(),
          key + ": " + note.message(),
          note.correlation());
    }
  }

  private void put(JobAttempt attempt, Batch batch) {
    attempts.put(attempt.instance(), attempt);
    batch.write(tx -> tx.putJobAttempt(attempt));
  }

  private void carryOut(
      JobStep step, DesiredDeployment wanted, Batch batch, Instant now, String correlation) {
    switch (step) {
      case JobStep.Create create -> create(create, wanted, batch, now);
      case JobStep.Start start -> {
        InstanceRecord row = row(start.instance());
        batch.planned(
            row.id(),
            "planned_start",
            "start " + row.id() + " again",
            start.because(),
            row.correlation());
        orders.start(batch, row.id(), wanted, row.revision(), now, row.correlation());
      }
      case JobStep.Stop stop -> {
        InstanceRecord row = row(stop.instance());
        batch.planned(row.id(), "planned_stop", "stop " + row.id(), stop.because(), correlation);
        state.put(batch, Rows.stopping(row, null, now));
        state.busySince.put(row.id(), now);
        batch.commanded(row.id(), "stop", correlation);
        batch.send(
            new Message.StopInstance(row.id(), key, row.revision(), wanted.generation()),
            correlation);
      }
      case JobStep.Remove remove ->
          orders.remove(batch, row(remove.instance()), wanted, remove.because(), now, correlation);
      case JobStep.Forget forget -> orders.forget(batch, wanted, correlation);
    }
  }

  private InstanceRecord row(InstanceId id) {
    return Objects.requireNonNull(state.instances.get(id));
  }

  private void create(JobStep.Create create, DesiredDeployment wanted, Batch batch, Instant now) {
    InstanceId id = Ids.instance(key.name(), around.random());
    DesiredDeployment run =
        create.revision() == wanted.revision()
            ? wanted
            : wanted.running(create.revision(), spec(create.revision()));
    state.put(batch, Rows.created(id, run, create.index(), create.correlation(), now));
    put(
        new JobAttempt(
            key,
            create.run(),
            create.number(),
            create.index(),
            id,
            JobAttempt.State.ACTIVE,
            now,
            null,
            null,
            null),
        batch);
    around.instanceBelongsTo(id, key, wanted.spec().runtime());
    batch.planned(
        id,
        "planned_create",
        "start " + id + ", attempt " + create.number() + " of run " + create.run(),
        create.because(),
        create.correlation());
    orders.start(batch, id, wanted, create.revision(), now, create.correlation());
  }

  private DeploymentSpec spec(long revision) {
    return around
        .store()
        .read()
        .revisionSpec(key, revision)
        .orElseThrow(() -> GyreException.notFound("revision", key + "@" + revision, ""));
  }

  /** Asked once: a time that is far away would be asked for with every look. */
  private void wakeAt(@Nullable Instant at, Instant now) {
    if (at != null && (!at.equals(wakeAsked) || System.nanoTime() - wakeNanos > 0)) {
      Duration delay = Duration.between(now, at).plusMillis(1);
      wakeAsked = at;
      wakeNanos = System.nanoTime() + delay.toNanos();
      around.wakeLater(key, delay);
    }
  }

  void committing() {
    if (ending) {
      Failpoints.hit("reconciler.job.ending");
    }
  }

  void committed() {
    if (ending) {
      ending = false;
      Failpoints.hit("reconciler.job.ended");
    }
  }
}
