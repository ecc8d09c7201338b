package io.gyre.store;

import io.gyre.model.AutoscaleState;
import io.gyre.model.BootTime;
import io.gyre.model.Condition;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.EventRecord;
import io.gyre.model.ExitRecord;
import io.gyre.model.HaltRecord;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRun;
import io.gyre.model.PluginInfo;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.UsagePoint;
import io.gyre.model.UsageSample;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The reconciler's statements. */
final class SessionObservedTx extends SessionReader implements ObservedTx {
  private boolean tookEpoch;

  SessionObservedTx(Session session) {
    super(session);
  }

  boolean tookEpoch() {
    return tookEpoch;
  }

  @Override
  public void putInstance(InstanceRecord instance) {
    @Nullable ExitRecord exit = instance.lastExit();
    execute(
        """
        INSERT INTO instance (id, namespace, deployment, revision, ordinal, runtime, removing,
            state, ready, pid, handle, address, ports_json, restarts, restart_nonce, created_at,
            started_at, next_start_at, exit_code, exit_at, exit_lines_json, reason, message,
            correlation, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET namespace = excluded.namespace,
            deployment = excluded.deployment, revision = excluded.revision,
            ordinal = excluded.ordinal, runtime = excluded.runtime, removing = excluded.removing,
            state = excluded.state, ready = excluded.ready, pid = excluded.pid,
            handle = excluded.handle, address = excluded.address,
            ports_json = excluded.ports_json, restarts = excluded.restarts,
            restart_nonce = excluded.restart_nonce, created_at = excluded.created_at,
            started_at = excluded.started_at, next_start_at = excluded.next_start_at,
            exit_code = excluded.exit_code, exit_at = excluded.exit_at,
            exit_lines_json = excluded.exit_lines_json, reason = excluded.reason,
            message = excluded.message, correlation = excluded.correlation,
            updated_at = excluded.updated_at
        """,
        instance.id().value(),
        instance.deployment().namespace(),
        instance.deployment().name(),
        instance.revision(),
        instance.ordinal(),
        instance.runtime(),
        instance.removing(),
        instance.state().name(),
        instance.ready(),
        instance.pid(),
        instance.handle(),
        instance.address(),
        Rows.portsJson(instance.ports()),
        instance.restarts(),
        instance.restartNonce(),
        instance.createdAt().toEpochMilli(),
        Rows.millis(instance.startedAt()),
        Rows.millis(instance.nextStartAt()),
        exit == null ? null : exit.code(),
        exit == null ? null : exit.at().toEpochMilli(),
        exit == null ? null : Json.write(exit.lastLines()),
        instance.reason(),
        instance.message(),
        instance.correlation(),
        instance.updatedAt().toEpochMilli());
  }

  @Override
  public boolean removeInstance(InstanceId id) {
    execute("DELETE FROM health_restart WHERE instance = ?", id.value());
    execute("DELETE FROM condition WHERE instance = ?", id.value());
    execute("DELETE FROM instance_usage WHERE instance = ?", id.value());
    return execute("DELETE FROM instance WHERE id = ?", id.value()) > 0;
  }

  @Override
  public void putStatus(DeploymentStatus status) {
    execute(
        """
        INSERT INTO deployment_status (namespace, name, observed_generation, phase, ready, total,
            reason, message, since, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET observed_generation = excluded.observed_generation,
            phase = excluded.phase, ready = excluded.ready, total = excluded.total,
            reason = excluded.reason, message = excluded.message, since = excluded.since,
            updated_at = excluded.updated_at
        """,
        status.key().namespace(),
        status.key().name(),
        status.observedGeneration(),
        status.phase().name(),
        status.ready(),
        status.total(),
        status.reason(),
        status.message(),
        status.since().toEpochMilli(),
        status.updatedAt().toEpochMilli());
  }

  @Override
  public boolean removeStatus(DeploymentKey key) {
    execute("DELETE FROM halt WHERE namespace = ? AND name = ?", key.namespace(), key.name());
    execute(
        "DELETE FROM condition WHERE instance = '' AND namespace = ? AND deployment = ?",
        key.namespace(),
        key.name());
    return execute(
            "DELETE FROM deployment_status WHERE namespace = ? AND name = ?",
            key.namespace(),
            key.name())
        > 0;
  }

  @Override
  public void putRollout(RolloutRecord rollout) {
    execute(
        """
        INSERT INTO rollout (namespace, name, uid, revision, state, reason, message, ready,
            started_at, progressed_at, completed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET uid = excluded.uid, state = excluded.state,
            reason = excluded.reason, message = excluded.message, ready = excluded.ready,
            started_at = excluded.started_at, progressed_at = excluded.progressed_at,
            completed_at = excluded.completed_at
        """,
        rollout.key().namespace(),
        rollout.key().name(),
        rollout.uid(),
        rollout.revision(),
        rollout.state().name(),
        rollout.reason(),
        rollout.message(),
        rollout.ready(),
        rollout.startedAt().toEpochMilli(),
        rollout.progressedAt().toEpochMilli(),
        Rows.millis(rollout.completedAt()));
    execute(
        """
        DELETE FROM rollout WHERE namespace = ? AND name = ? AND revision NOT IN
          (SELECT revision FROM revision WHERE namespace = ? AND name = ?)
        """,
        rollout.key().namespace(),
        rollout.key().name(),
        rollout.key().namespace(),
        rollout.key().name());
  }

  @Override
  public void removeRollouts(DeploymentKey key) {
    execute("DELETE FROM rollout WHERE namespace = ? AND name = ?", key.namespace(), key.name());
  }

  @Override
  public void putHalt(HaltRecord halt) {
    execute(
        """
        INSERT INTO halt (namespace, name, uid, generation, instance, message, at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET uid = excluded.uid, generation = excluded.generation,
            instance = excluded.instance, message = excluded.message, at = excluded.at
        """,
        halt.key().namespace(),
        halt.key().name(),
        halt.uid(),
        halt.generation(),
        halt.instance().value(),
        halt.message(),
        halt.at().toEpochMilli());
  }

  @Override
  public void putProbe(ProbeRecord probe) {
    execute(
        """
        INSERT INTO probe (instance, idx, namespace, deployment, what, role, run, state, since,
            answers_json, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET namespace = excluded.namespace,
            deployment = excluded.deployment, what = excluded.what, role = excluded.role,
            run = excluded.run, state = excluded.state, since = excluded.since,
            answers_json = excluded.answers_json, updated_at = excluded.updated_at
        """,
        probe.instance().value(),
        probe.index(),
        probe.deployment().namespace(),
        probe.deployment().name(),
        probe.what(),
        probe.role(),
        Rows.millis(probe.run()),
        probe.state().name(),
        probe.since().toEpochMilli(),
        HealthRows.answersJson(probe.answers()),
        probe.updatedAt().toEpochMilli());
  }

  @Override
  public int sweepProbes(int keepNewest, Instant olderThan) {
    return execute(
        """
        DELETE FROM probe WHERE instance NOT IN (SELECT id FROM instance) AND (updated_at < ?
          OR rowid NOT IN (SELECT rowid FROM probe
              WHERE instance NOT IN (SELECT id FROM instance)
              ORDER BY updated_at DESC LIMIT ?))
        """,
        olderThan.toEpochMilli(),
        keepNewest);
  }

  @Override
  public void putHealthRestart(HealthRestart restart) {
    execute(
        """
        INSERT INTO health_restart (instance, restarts, in_row, run, due_at, commanded, message)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET restarts = excluded.restarts, in_row = excluded.in_row,
            run = excluded.run, due_at = excluded.due_at, commanded = excluded.commanded,
            message = excluded.message
        """,
        restart.instance().value(),
        restart.restarts(),
        restart.row(),
        Rows.millis(restart.run()),
        Rows.millis(restart.dueAt()),
        restart.commanded(),
        restart.message());
  }

  @Override
  public void putConditions(
      DeploymentKey key, @Nullable InstanceId instance, List<Condition> conditions) {
    execute(
        """
        INSERT INTO condition (instance, namespace, deployment, conditions_json)
        VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET conditions_json = excluded.conditions_json
        """,
        instance == null ? "" : instance.value(),
        key.namespace(),
        key.name(),
        HealthRows.conditionsJson(conditions));
  }

  @Override
  public void putJob(JobRecord job) {
    execute(
        """
        INSERT INTO job (namespace, name, uid, last_run, revision, request, schedule,
            decided_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET uid = excluded.uid, last_run = excluded.last_run,
            revision = excluded.revision, request = excluded.request,
            schedule = excluded.schedule, decided_until = excluded.decided_until
        """,
        job.key().namespace(),
        job.key().name(),
        job.uid(),
        job.lastRun(),
        job.revision(),
        job.request(),
        job.schedule(),
        Rows.millis(job.decidedUntil()));
  }

  @Override
  public void putJobRun(JobRun run) {
    @Nullable BootTime clock = run.clock();
    execute(
        """
        INSERT INTO job_run (namespace, name, number, uid, revision, started_by, actor, request,
            scheduled_at, policy_json, state, created_at, started_at, boot_id, uptime_ms, ended_at,
            exit_code, reason, message, correlation)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET uid = excluded.uid, revision = excluded.revision,
            started_by = excluded.started_by, actor = excluded.actor, request = excluded.request,
            scheduled_at = excluded.scheduled_at, policy_json = excluded.policy_json,
            state = excluded.state, created_at = excluded.created_at,
            started_at = excluded.started_at, boot_id = excluded.boot_id,
            uptime_ms = excluded.uptime_ms, ended_at = excluded.ended_at,
            exit_code = excluded.exit_code, reason = excluded.reason, message = excluded.message,
            correlation = excluded.correlation
        """,
        run.key().namespace(),
        run.key().name(),
        run.number(),
        run.uid(),
        run.revision(),
        run.trigger().name(),
        run.by(),
        run.request(),
        Rows.millis(run.scheduledAt()),
        JobJson.write(run.policy()),
        run.state().name(),
        run.createdAt().toEpochMilli(),
        Rows.millis(run.startedAt()),
        clock == null ? null : clock.bootId(),
        clock == null ? null : clock.uptimeMs(),
        Rows.millis(run.endedAt()),
        run.exitCode(),
        run.reason(),
        run.message(),
        run.correlation());
  }

  @Override
  public void putJobAttempt(JobAttempt attempt) {
    execute(
        """
        INSERT INTO job_attempt (namespace, name, run, number, position, instance, state,
            created_at, ended_at, exit_code, message)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET position = excluded.position, instance = excluded.instance,
            state = excluded.state, created_at = excluded.created_at,
            ended_at = excluded.ended_at, exit_code = excluded.exit_code,
            message = excluded.message
        """,
        attempt.key().namespace(),
        attempt.key().name(),
        attempt.run(),
        attempt.number(),
        attempt.index(),
        attempt.instance().value(),
        attempt.state().name(),
        attempt.createdAt().toEpochMilli(),
        Rows.millis(attempt.endedAt()),
        attempt.exitCode(),
        attempt.message());
  }

  @Override
  public void removeJobRun(DeploymentKey key, long run) {
    execute(
        "DELETE FROM job_attempt WHERE namespace = ? AND name = ? AND run = ?",
        key.namespace(),
        key.name(),
        run);
    execute(
        "DELETE FROM job_run WHERE namespace = ? AND name = ? AND number = ?",
        key.namespace(),
        key.name(),
        run);
  }

  @Override
  public void removeJob(DeploymentKey key) {
    for (String table : List.of("job_attempt", "job_run", "job")) {
      execute(
          "DELETE FROM " + table + " WHERE namespace = ? AND name = ?",
          key.namespace(),
          key.name());
    }
  }

  @Override
  public long appendEvent(EventRecord event) {
    return number(
        """
        INSERT INTO event (at, level, namespace, deployment, instance, reason, message,
            correlation)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq
        """,
        event.at().toEpochMilli(),
        event.level().name(),
        event.namespace(),
        event.deployment(),
        event.instance(),
        event.reason(),
        event.message(),
        event.correlation());
  }

  @Override
  public void putRuntime(RuntimeInfo runtime) {
    execute(
        """
        INSERT INTO runtime (name, version, state, message, capabilities_json, source, since)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state,
            message = excluded.message, capabilities_json = excluded.capabilities_json,
            source = excluded.source, since = excluded.since
        """,
        runtime.name(),
        runtime.version(),
        runtime.state().name(),
        runtime.message(),
        Json.write(runtime.capabilities()),
        runtime.source(),
        runtime.since().toEpochMilli());
  }

  @Override
  public boolean removeRuntime(String name) {
    return execute("DELETE FROM runtime WHERE name = ?", name) > 0;
  }

  @Override
  public void replaceVolumes(String runtime, List<String> volumes) {
    execute("DELETE FROM volume WHERE runtime = ?", runtime);
    for (String volume : volumes) {
      int slash = volume.indexOf('/');
      execute(
          "INSERT INTO volume (namespace, name, runtime) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
          volume.substring(0, Math.max(0, slash)),
          volume.substring(slash + 1),
          runtime);
    }
  }

  @Override
  public void replacePlugins(List<PluginInfo> plugins) {
    execute("DELETE FROM plugin");
    for (PluginInfo plugin : plugins) {
      execute(
          """
          INSERT INTO plugin (file, id, version, runtime, state, sha256, signed_by, rollback_to,
              message, since)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
          plugin.file(),
          plugin.id(),
          plugin.version(),
          plugin.runtime(),
          plugin.state().name(),
          plugin.sha256(),
          plugin.signedBy(),
          plugin.rollbackTo(),
          plugin.message(),
          plugin.since().toEpochMilli());
    }
  }

  @Override
  public long nextEpoch() {
    tookEpoch = true;
    return number("UPDATE fencing SET epoch = epoch + 1 RETURNING epoch");
  }

  @Override
  public int sweepEvents(int keepNewest, Instant olderThan) {
    return execute(Sweep.sql("event"), Sweep.arguments(keepNewest, olderThan));
  }

  @Override
  public void putUsages(List<InstanceUsage> usages) {
    for (InstanceUsage usage : usages) {
      UsageSample last = usage.last();
      execute(
          """
          INSERT OR REPLACE INTO instance_usage (instance, namespace, deployment, at, origin,
              raw_cpu_nanos, raw_received, raw_sent, memory_bytes, cpu_nanos, received, sent,
              cpu_millis, received_per_second, sent_per_second)
          SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
          WHERE EXISTS (SELECT 1 FROM instance WHERE id = ?)
          """,
          last.instance().value(),
          usage.deployment().namespace(),
          usage.deployment().name(),
          last.at().toEpochMilli(),
          last.origin(),
          last.cpuNanos(),
          last.receivedBytes(),
          last.sentBytes(),
          last.memoryBytes(),
          usage.cpuNanos(),
          usage.receivedBytes(),
          usage.sentBytes(),
          usage.cpuMillis(),
          usage.receivedPerSecond(),
          usage.sentPerSecond(),
          last.instance().value());
    }
  }

  @Override
  public void addUsagePoints(List<UsagePoint> points) {
    for (UsagePoint point : points) {
      execute(
          """
          INSERT OR IGNORE INTO usage_point (coarse, at, subject, cpu_millis, memory_bytes,
              received_per_second, sent_per_second, instances)
          VALUES (0, ?, ?, ?, ?, ?, ?, ?)
          """,
          point.at().toEpochMilli(),
          point.subject(),
          point.cpuMillis(),
          point.memoryBytes(),
          point.receivedPerSecond(),
          point.sentPerSecond(),
          point.instances());
    }
  }

  @Override
  public void averageUsagePoints(Instant from) {
    long begin = from.toEpochMilli();
    execute(
        """
        INSERT OR IGNORE INTO usage_point (coarse, at, subject, cpu_millis, memory_bytes,
            received_per_second, sent_per_second, instances)
        SELECT 1, ?, subject, CAST(avg(cpu_millis) AS INTEGER),
            CAST(avg(memory_bytes) AS INTEGER), CAST(avg(received_per_second) AS INTEGER),
            CAST(avg(sent_per_second) AS INTEGER), max(instances)
        FROM usage_point WHERE coarse = 0 AND at >= ? AND at < ? GROUP BY subject
        """,
        begin,
        begin,
        begin + UsagePoint.COARSE.toMillis());
  }

  @Override
  public void sweepUsage(Instant fine, Instant coarse) {
    execute("DELETE FROM usage_point WHERE coarse = 0 AND at < ?", fine.toEpochMilli());
    execute("DELETE FROM usage_point WHERE coarse = 1 AND at < ?", coarse.toEpochMilli());
    execute(
        "DELETE FROM autoscale_state WHERE (namespace, name) NOT IN"
            + " (SELECT namespace, name FROM autoscale)");
  }

  @Override
  public void putAutoscaleState(AutoscaleState state) {
    execute(
        "INSERT OR REPLACE INTO autoscale_state (namespace, name, uid, state_json)"
            + " VALUES (?, ?, ?, ?)",
        state.key().namespace(),
        state.key().name(),
        state.uid(),
        AutoscaleJson.write(state));
  }
}
