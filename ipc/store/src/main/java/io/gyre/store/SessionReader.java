package io.gyre.store;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.ChangeRecord;
import io.gyre.model.Condition;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.HaltRecord;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.InstanceUsage;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import io.gyre.model.PluginInfo;
import io.gyre.model.ProbeRecord;
import io.gyre.model.Quota;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.Usage;
import io.gyre.model.UsagePoint;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Look-ups on the connection of a session. */
sealed class SessionReader extends SessionContentReader implements StateReader
    permits SessionDesiredTx, SessionObservedTx {
  private static final String DEPLOYMENT =
      "SELECT d.*, r.spec_json FROM deployment d JOIN revision r USING (namespace, name, revision)";

  SessionReader(Session session) {
    super(session);
  }

  @Override
  public final Optional<DesiredDeployment> deployment(DeploymentKey key) {
    return find(
        Rows.DEPLOYMENT,
        DEPLOYMENT + " WHERE d.namespace = ? AND d.name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<DesiredDeployment> deployments(
      @Nullable String namespace, @Nullable DeploymentKey after, int limit) {
    Where where = new Where();
    where.equal("d.namespace", namespace);
    if (after != null) {
      where.and("(d.namespace, d.name) > (?, ?)", after.namespace(), after.name());
    }
    return list(
        Rows.DEPLOYMENT,
        DEPLOYMENT + where + " ORDER BY d.namespace, d.name LIMIT ?",
        where.arguments(Limits.check(limit)));
  }

  @Override
  public final List<DesiredVersion> versions(@Nullable DeploymentKey after, int limit) {
    Where where = new Where();
    if (after != null) {
      where.and("(namespace, name) > (?, ?)", after.namespace(), after.name());
    }
    return list(
        Rows.VERSION,
        "SELECT namespace, name, uid, generation FROM deployment"
            + where
            + " ORDER BY namespace, name LIMIT ?",
        where.arguments(Limits.check(limit)));
  }

  @Override
  public final Optional<DeploymentSpec> revisionSpec(DeploymentKey key, long revision) {
    return find(
            Rows.TEXT,
            "SELECT spec_json FROM revision WHERE namespace = ? AND name = ? AND revision = ?",
            key.namespace(),
            key.name(),
            revision)
        .map(SpecJson::read);
  }

  @Override
  public final List<RevisionRecord> revisions(DeploymentKey key) {
    return list(
        Rows.REVISION,
        "SELECT namespace, name, revision, spec_hash, created_at, correlation, actor FROM revision"
            + " WHERE namespace = ? AND name = ? ORDER BY revision",
        key.namespace(),
        key.name());
  }

  @Override
  public final Optional<InstanceRecord> instance(InstanceId id) {
    return find(Rows.INSTANCE, "SELECT * FROM instance WHERE id = ?", id.value());
  }

  @Override
  public final List<InstanceRecord> instances(
      @Nullable String namespace,
      @Nullable String deployment,
      @Nullable InstanceId after,
      int limit) {
    Where where = new Where();
    where.equal("namespace", namespace);
    where.equal("deployment", deployment);
    if (after != null) {
      where.and("id > ?", after.value());
    }
    return list(
        Rows.INSTANCE,
        "SELECT * FROM instance" + where + " ORDER BY id LIMIT ?",
        where.arguments(Limits.check(limit)));
  }

  @Override
  public final Map<InstanceState, Long> instanceCounts() {
    Map<InstanceState, Long> counts = new EnumMap<>(InstanceState.class);
    list(Rows.STATE_COUNT, "SELECT state, count(*) FROM instance GROUP BY state")
        .forEach(count -> counts.merge(count.getKey(), count.getValue(), Long::sum));
    return counts;
  }

  @Override
  public final long deploymentCount() {
    return number("SELECT count(*) FROM deployment");
  }

  @Override
  public final Optional<DeploymentStatus> status(DeploymentKey key) {
    return find(
        Rows.STATUS,
        "SELECT * FROM deployment_status WHERE namespace = ? AND name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<DeploymentStatus> statuses(@Nullable String namespace) {
    Where where = new Where();
    where.equal("namespace", namespace);
    return list(
        Rows.STATUS,
        "SELECT * FROM deployment_status" + where + " ORDER BY namespace, name",
        where.arguments());
  }

  @Override
  public final List<RolloutRecord> rollouts(DeploymentKey key) {
    return list(
        Rows.ROLLOUT,
        "SELECT * FROM rollout WHERE namespace = ? AND name = ? ORDER BY revision",
        key.namespace(),
        key.name());
  }

  @Override
  public final Optional<HaltRecord> halt(DeploymentKey key) {
    return find(
        HealthRows.HALT,
        "SELECT * FROM halt WHERE namespace = ? AND name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<ProbeRecord> probes(InstanceId instance) {
    return list(
        HealthRows.PROBE, "SELECT * FROM probe WHERE instance = ? ORDER BY idx", instance.value());
  }

  @Override
  public final List<ProbeRecord> probes(DeploymentKey key) {
    return list(
        HealthRows.PROBE,
        "SELECT * FROM probe WHERE namespace = ? AND deployment = ? ORDER BY instance, idx",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<HealthRestart> healthRestarts(DeploymentKey key) {
    return list(
        HealthRows.RESTART,
        "SELECT h.* FROM instance i JOIN health_restart h ON h.instance = i.id"
            + " WHERE i.namespace = ? AND i.deployment = ? ORDER BY i.id",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<Condition> conditions(DeploymentKey key, @Nullable InstanceId instance) {
    return find(
            HealthRows.CONDITIONS,
            "SELECT conditions_json FROM condition"
                + " WHERE instance = ? AND namespace = ? AND deployment = ?",
            instance == null ? "" : instance.value(),
            key.namespace(),
            key.name())
        .orElse(List.of());
  }

  @Override
  public final Optional<JobRecord> job(DeploymentKey key) {
    return find(
        JobRows.JOB,
        "SELECT * FROM job WHERE namespace = ? AND name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<JobRun> jobRuns(DeploymentKey key) {
    return list(
        JobRows.RUN,
        "SELECT * FROM job_run WHERE namespace = ? AND name = ? ORDER BY number",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<JobRun> lastJobRuns(@Nullable String namespace) {
    Where where = new Where();
    where.equal("r.namespace", namespace);
    return list(
        JobRows.RUN,
        "SELECT r.* FROM job j JOIN job_run r ON r.namespace = j.namespace AND r.name = j.name"
            + " AND r.number = j.last_run"
            + where
            + " ORDER BY r.namespace, r.name",
        where.arguments());
  }

  @Override
  public final List<JobAttempt> jobAttempts(DeploymentKey key) {
    return list(
        JobRows.ATTEMPT,
        "SELECT * FROM job_attempt WHERE namespace = ? AND name = ? ORDER BY run, number",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<JobRequest> jobRequests(DeploymentKey key, long after) {
    return list(
        JobRows.REQUEST,
        "SELECT * FROM job_request WHERE namespace = ? AND name = ? AND seq > ? ORDER BY seq",
        key.namespace(),
        key.name(),
        after);
  }

  @Override
  public final List<NamespaceRecord> namespaces() {
    return list(Rows.NAMESPACE, "SELECT * FROM namespace ORDER BY name");
  }

  @Override
  public final Map<String, Quota> quotas() {
    return map(list(DemandRows.QUOTA_ROW, "SELECT * FROM quota ORDER BY namespace"));
  }

  @Override
  public final Usage usage(String namespace) {
    return find(DemandRows.USAGE_ROW, DemandRows.USAGE, namespace).orElse(Usage.NONE);
  }

  @Override
  public final List<WantedDemand> demands() {
    return list(DemandRows.WANTED_ROW, DemandRows.WANTED);
  }

  @Override
  public final Map<DeploymentKey, Demand> heldDemands() {
    return map(list(DemandRows.HELD_ROW, DemandRows.HELD));
  }

  private static <K, V> Map<K, V> map(List<Map.Entry<K, V>> entries) {
    Map<K, V> map = new LinkedHashMap<>();
    entries.forEach(entry -> map.put(entry.getKey(), entry.getValue()));
    return Collections.unmodifiableMap(map);
  }

  @Override
  public final List<RuntimeInfo> runtimes() {
    return list(Rows.RUNTIME, "SELECT * FROM runtime ORDER BY name");
  }

  @Override
  public final List<PluginInfo> plugins() {
    return list(Rows.PLUGIN, "SELECT * FROM plugin ORDER BY file");
  }

  @Override
  public final List<EventRecord> events(EventQuery query) {
    Where where = new Where();
    where.and("seq > ?", query.afterSeq());
    where.equal("instance", query.instance());
    where.equal("correlation", query.correlation());
    where.equal("deployment", query.deployment());
    // Alone, a namespace selects so much that walking by number beats its index and a sort.
    where.equal(query.deployment() == null ? "+namespace" : "namespace", query.namespace());
    return list(
        Rows.EVENT,
        "SELECT * FROM event" + where + " ORDER BY seq" + order(query.newestFirst()) + " LIMIT ?",
        where.arguments(query.limit()));
  }

  @Override
  public final long lastEventSeq() {
    return number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'");
  }

  @Override
  public final Optional<Long> restoredGeneration(DeploymentKey key) {
    return find(
        Rows.NUMBER,
        "SELECT generation FROM restored WHERE namespace = ? AND name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<ChangeRecord> changes(
      @Nullable DeploymentKey key, @Nullable String correlation, int limit) {
    Where where = new Where();
    if (key != null) {
      where.equal("namespace", key.namespace());
      where.equal("name", key.name());
    }
    where.equal("correlation", correlation);
    return list(
        Rows.CHANGE,
        "SELECT * FROM change" + where + " ORDER BY seq DESC LIMIT ?",
        where.arguments(Limits.check(limit)));
  }

  @Override
  public final long schemaVersion() {
    return number("PRAGMA user_version");
  }

  @Override
  public final List<InstanceUsage> usages(@Nullable String namespace, @Nullable String deployment) {
    Where where = new Where();
    where.equal("namespace", namespace);
    where.equal("deployment", deployment);
    return list(
        UsageRows.USAGE,
        "SELECT * FROM instance_usage" + where + " ORDER BY instance",
        where.arguments());
  }

  @Override
  public final Optional<InstanceUsage> usage(InstanceId id) {
    return find(UsageRows.USAGE, "SELECT * FROM instance_usage WHERE instance = ?", id.value());
  }

  @Override
  public final List<UsagePoint> usagePoints(String subject, boolean coarse, Instant since) {
    return list(
        UsageRows.POINT,
        "SELECT * FROM usage_point WHERE coarse = ? AND at >= ? AND subject = ? ORDER BY at",
        coarse,
        since.toEpochMilli(),
        subject);
  }

  @Override
  public final Optional<Instant> lastUsageAverage() {
    return find(Rows.NUMBER, "SELECT at FROM usage_point WHERE coarse = 1 ORDER BY at DESC LIMIT 1")
        .map(Instant::ofEpochMilli);
  }

  @Override
  public final Optional<Autoscale> autoscale(DeploymentKey key) {
    return find(
            Rows.TEXT,
            "SELECT policy_json FROM autoscale WHERE namespace = ? AND name = ?",
            key.namespace(),
            key.name())
        .map(AutoscaleJson::policy);
  }

  @Override
  public final Map<DeploymentKey, Autoscale> autoscales() {
    return list(UsageRows.POLICY, "SELECT * FROM autoscale ORDER BY namespace, name").stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @Override
  public final Optional<AutoscaleState> autoscaleState(DeploymentKey key) {
    return find(
        UsageRows.STATE,
        "SELECT * FROM autoscale_state WHERE namespace = ? AND name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public final List<AuditRecord> audit(AuditQuery query) {
    Where where = new Where();
    where.and("seq > ?", query.afterSeq());
    where.equal("namespace", query.namespace());
    where.equal("actor", query.actor());
    where.equal("kind", query.kind() == null ? null : query.kind().name());
    if (query.since() != null) {
      // Times may go back with the clock; numbers don't.
      where.and(
          "seq >= coalesce((SELECT min(seq) FROM audit WHERE at >= ?), 9223372036854775807)",
          query.since().toEpochMilli());
    }
    return list(
        AuditRows.RECORD,
        "SELECT * FROM audit" + where + " ORDER BY seq" + order(query.newestFirst()) + " LIMIT ?",
        where.arguments(query.limit()));
  }

  @Override
  public final AuditHead auditHead() {
    return find(AuditRows.HEAD, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        .orElse(AuditHead.NONE);
  }

  @Override
  public final Optional<String> auditSeal(long through) {
    return find(
        Rows.TEXT, "SELECT sealed FROM audit WHERE through = ? ORDER BY seq DESC LIMIT 1", through);
  }

  private static String order(boolean descending) {
    return descending ? " DESC" : "";
  }
}
