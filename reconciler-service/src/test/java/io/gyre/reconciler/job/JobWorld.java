package io.gyre.reconciler.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.BootTime;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import io.gyre.model.JobSchedule;
import io.gyre.model.NetworkMode;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.WorkloadKind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A job with a database and a runtime, both played: what is planned can be committed or lost, what
 * is commanded carried out or lost, as often as a test likes.
 */
final class JobWorld {
  static final DeploymentKey KEY = new DeploymentKey("default", "job");
  static final Instant START = Instant.parse("2026-03-04T05:00:00Z");

  /** What the runtime has of an instance. */
  static final class Workload {
    int starts;
    boolean running;
    @Nullable ExitRecord exit;
  }

  Instant now = START;
  Instant changedAt = START;
  long uptimeMs = 1000;
  String boot = "b1";
  JobPolicy policy = policy(1, 1, 3);
  long revision = 1;
  boolean deleted;
  @Nullable String waitsFor;
  final List<JobRequest> requests = new ArrayList<>();

  @Nullable JobRecord job;
  final TreeMap<Long, JobRun> runs = new TreeMap<>();
  final Map<InstanceId, JobAttempt> attempts = new TreeMap<>();
  final Map<InstanceId, InstanceRecord> rows = new TreeMap<>();
  final Set<InstanceId> busy = new HashSet<>();
  final Map<InstanceId, Workload> runtime = new TreeMap<>();
  final List<String> notes = new ArrayList<>();
  final Map<InstanceId, String> hopeless = new HashMap<>();
  private final Map<Long, JobRun> ended = new HashMap<>();
  private int ids;

  static JobPolicy policy(int completions, int parallelism, int retries) {
    return new JobPolicy(
        completions,
        parallelism,
        retries,
        Duration.ofSeconds(10),
        null,
        Duration.ofHours(24),
        10,
        null);
  }

  void timeout(Duration timeout) {
    policy =
        new JobPolicy(
            policy.completions(),
            policy.parallelism(),
            policy.retries(),
            policy.retryDelay(),
            timeout,
            policy.ttl(),
            policy.keepRuns(),
            policy.schedule());
  }

  void keep(Duration ttl, int keepRuns) {
    policy =
        new JobPolicy(
            policy.completions(),
            policy.parallelism(),
            policy.retries(),
            policy.retryDelay(),
            policy.timeout(),
            ttl,
            keepRuns,
            policy.schedule());
  }

  void schedule(String cron, JobSchedule.Concurrency concurrency, Duration deadline) {
    schedule(new JobSchedule(cron, "UTC", concurrency, deadline, false));
  }

  void schedule(@Nullable JobSchedule schedule) {
    policy =
        new JobPolicy(
            policy.completions(),
            policy.parallelism(),
            policy.retries(),
            policy.retryDelay(),
            policy.timeout(),
            policy.ttl(),
            policy.keepRuns(),
            schedule);
  }

  void ask(JobRequest.Kind kind, long run) {
    requests.add(new JobRequest(requests.size() + 1, KEY, "u", kind, run, "ann", now, "c-ask"));
  }

  DesiredDeployment desired() {
    DeploymentSpec spec =
        new DeploymentSpec(
            "process",
            WorkloadKind.JOB,
            null,
            new ProcessSpec(List.of("x"), null, null, "TERM", Duration.ofSeconds(1)),
            Map.of(),
            List.of(),
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE);
    return new DesiredDeployment(
        KEY,
        "u",
        1,
        revision,
        1,
        0,
        deleted,
        spec,
        RolloutPolicy.DEFAULT,
        List.of(),
        false,
        0,
        START,
        changedAt,
        "c",
        null,
        policy);
  }

  JobPlan plan() {
    return JobPlanner.plan(
        new JobView(
            desired(),
            job,
            List.copyOf(runs.values()),
            List.copyOf(attempts.values()),
            List.copyOf(requests),
            Map.copyOf(rows),
            Set.copyOf(busy),
            Map.copyOf(hopeless),
            waitsFor,
            ZoneOffset.UTC,
            now,
            new BootTime(boot, uptimeMs)));
  }

  /** Plans, commits, and has the commands carried out. */
  JobPlan look() {
    JobPlan plan = plan();
    List<JobStep> commands = commit(plan);
    commands.forEach(this::carryOut);
    return plan;
  }

  /** As the store does: all of it. Returns what is to be commanded then. */
  List<JobStep> commit(JobPlan plan) {
    job = plan.job();
    for (JobRun run : plan.runs()) {
      runs.put(run.number(), run);
      if (run.state().ended()) {
        JobRun before = ended.putIfAbsent(run.number(), run);
        assertThat(before).as("run %s ends once", run.number()).isNull();
      } else {
        assertThat(ended).doesNotContainKey(run.number());
      }
    }
    for (JobAttempt attempt : plan.attempts()) {
      JobAttempt before = attempts.get(attempt.instance());
      assertThat(before == null || before.state() == JobAttempt.State.ACTIVE)
          .as("an attempt ends once")
          .isTrue();
      attempts.put(attempt.instance(), attempt);
    }
    for (Long run : plan.dropped()) {
      runs.remove(run);
      attempts.values().removeIf(attempt -> attempt.run() == run);
    }
    plan.notes().forEach(note -> notes.add(note.reason()));
    List<JobStep> commands = new ArrayList<>();
    for (JobStep step : plan.steps()) {
      switch (step) {
        case JobStep.Create create -> {
          InstanceId id = new InstanceId("job-" + ++ids);
          attempts.put(
              id,
              new JobAttempt(
                  KEY,
                  create.run(),
                  create.number(),
                  create.index(),
                  id,
                  JobAttempt.State.ACTIVE,
                  now,
                  null,
                  null,
                  null));
          rows.put(id, row(id, create.revision(), create.index(), InstanceState.PENDING, false));
          commands.add(new JobStep.Start(id, ""));
        }
        case JobStep.Stop stop -> {
          state(stop.instance(), InstanceState.STOPPING, false);
          commands.add(stop);
        }
        case JobStep.Remove remove -> {
          state(remove.instance(), InstanceState.STOPPING, true);
          commands.add(remove);
        }
        case JobStep.Start start -> commands.add(start);
        case JobStep.Forget forget -> {}
      }
    }
    return commands;
  }

  /** As the runtime host does; what is commanded twice is done once. */
  void carryOut(JobStep command) {
    switch (command) {
      case JobStep.Start start -> {
        if (rows.containsKey(start.instance()) && !rows.get(start.instance()).removing()) {
          Workload process = runtime.computeIfAbsent(start.instance(), id -> new Workload());
          if (process.starts == 0) {
            process.starts++;
            process.running = true;
          }
        }
      }
      case JobStep.Stop stop -> exit(stop.instance(), 143);
      case JobStep.Remove remove -> runtime.remove(remove.instance());
      case JobStep.Create create -> throw new AssertionError("no command");
      case JobStep.Forget forget -> throw new AssertionError("no command");
    }
  }

  void exit(InstanceId id, int code) {
    Workload process = runtime.get(id);
    if (process != null && process.running) {
      process.running = false;
      process.exit = new ExitRecord(code, now, List.of("last words"));
    }
  }

  /** The rows follow what the runtime has, as after a report. */
  void observe() {
    for (InstanceRecord row : List.copyOf(rows.values())) {
      Workload process = runtime.get(row.id());
      if (process == null) {
        if (row.removing()) {
          rows.remove(row.id());
        } else if (row.state() != InstanceState.PENDING) {
          state(row.id(), InstanceState.PENDING, false);
        }
      } else if (process.running) {
        if (row.state() != InstanceState.STOPPING) {
          state(row.id(), InstanceState.RUNNING, row.removing());
        }
      } else {
        state(row.id(), row.removing() ? row.state() : InstanceState.EXITED, row.removing());
      }
    }
  }

  void pass(Duration time) {
    now = now.plus(time);
    uptimeMs += time.toMillis();
  }

  List<InstanceId> live() {
    return runtime.entrySet().stream()
        .filter(entry -> entry.getValue().running)
        .map(Map.Entry::getKey)
        .toList();
  }

  InstanceId only() {
    assertThat(live()).hasSize(1);
    return live().getFirst();
  }

  String states() {
    return runs.values().stream()
        .map(run -> run.number() + " " + run.state().id())
        .collect(Collectors.joining(", "));
  }

  private void state(InstanceId id, InstanceState state, boolean removing) {
    InstanceRecord row = rows.get(id);
    if (row != null) {
      rows.put(id, row(id, row.revision(), row.ordinal(), state, removing));
    }
  }

  private InstanceRecord row(
      InstanceId id, long ofRevision, int ordinal, InstanceState state, boolean removing) {
    Workload process = runtime.get(id);
    InstanceRecord before = rows.get(id);
    Instant started =
        process != null && process.starts > 0
            ? Instant.EPOCH
            : before == null ? null : before.startedAt();
    return new InstanceRecord(
        id,
        KEY,
        ofRevision,
        ordinal,
        "process",
        removing,
        state,
        false,
        null,
        null,
        null,
        List.of(),
        0,
        0,
        now,
        started,
        null,
        process == null ? null : process.exit,
        null,
        null,
        "c",
        now);
  }
}
