package io.gyre.store;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.ChangeRecord;
import io.gyre.model.Condition;
import io.gyre.model.ContentRef;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Look-ups for any thread, each on a connection of the pool. */
final class PooledReader implements StateReader {
  private final ReadPool pool;

  PooledReader(ReadPool pool) {
    this.pool = pool;
  }

  private <T> T read(Function<StateReader, T> look) {
    return pool.read(session -> look.apply(new SessionReader(session)));
  }

  @Override
  public Optional<DesiredDeployment> deployment(DeploymentKey key) {
    return read(state -> state.deployment(key));
  }

  @Override
  public List<DesiredDeployment> deployments(
      @Nullable String namespace, @Nullable DeploymentKey after, int limit) {
    return read(state -> state.deployments(namespace, after, limit));
  }

  @Override
  public List<DesiredVersion> versions(@Nullable DeploymentKey after, int limit) {
    return read(state -> state.versions(after, limit));
  }

  @Override
  public Optional<DeploymentSpec> revisionSpec(DeploymentKey key, long revision) {
    return read(state -> state.revisionSpec(key, revision));
  }

  @Override
  public List<RevisionRecord> revisions(DeploymentKey key) {
    return read(state -> state.revisions(key));
  }

  @Override
  public Optional<InstanceRecord> instance(InstanceId id) {
    return read(state -> state.instance(id));
  }

  @Override
  public List<InstanceRecord> instances(
      @Nullable String namespace,
      @Nullable String deployment,
      @Nullable InstanceId after,
      int limit) {
    return read(state -> state.instances(namespace, deployment, after, limit));
  }

  @Override
  public Map<InstanceState, Long> instanceCounts() {
    return read(StateReader::instanceCounts);
  }

  @Override
  public long deploymentCount() {
    return read(StateReader::deploymentCount);
  }

  @Override
  public Optional<DeploymentStatus> status(DeploymentKey key) {
    return read(state -> state.status(key));
  }

  @Override
  public List<DeploymentStatus> statuses(@Nullable String namespace) {
    return read(state -> state.statuses(namespace));
  }

  @Override
  public List<RolloutRecord> rollouts(DeploymentKey key) {
    return read(reader -> reader.rollouts(key));
  }

  @Override
  public Optional<HaltRecord> halt(DeploymentKey key) {
    return read(state -> state.halt(key));
  }

  @Override
  public List<ProbeRecord> probes(InstanceId instance) {
    return read(state -> state.probes(instance));
  }

  @Override
  public List<ProbeRecord> probes(DeploymentKey key) {
    return read(state -> state.probes(key));
  }

  @Override
  public List<HealthRestart> healthRestarts(DeploymentKey key) {
    return read(state -> state.healthRestarts(key));
  }

  @Override
  public List<Condition> conditions(DeploymentKey key, @Nullable InstanceId instance) {
    return read(state -> state.conditions(key, instance));
  }

  @Override
  public Optional<JobRecord> job(DeploymentKey key) {
    return read(state -> state.job(key));
  }

  @Override
  public List<JobRun> jobRuns(DeploymentKey key) {
    return read(state -> state.jobRuns(key));
  }

  @Override
  public List<JobRun> lastJobRuns(@Nullable String namespace) {
    return read(state -> state.lastJobRuns(namespace));
  }

  @Override
  public List<JobAttempt> jobAttempts(DeploymentKey key) {
    return read(state -> state.jobAttempts(key));
  }

  @Override
  public List<JobRequest> jobRequests(DeploymentKey key, long after) {
    return read(state -> state.jobRequests(key, after));
  }

  @Override
  public List<NamespaceRecord> namespaces() {
    return read(StateReader::namespaces);
  }

  @Override
  public Map<String, Quota> quotas() {
    return read(StateReader::quotas);
  }

  @Override
  public Usage usage(String namespace) {
    return read(state -> state.usage(namespace));
  }

  @Override
  public List<WantedDemand> demands() {
    return read(StateReader::demands);
  }

  @Override
  public Map<DeploymentKey, Demand> heldDemands() {
    return read(StateReader::heldDemands);
  }

  @Override
  public List<ConfigRecord> configs(@Nullable String namespace) {
    return read(state -> state.configs(namespace));
  }

  @Override
  public Optional<ConfigRecord> configRecord(String namespace, String name) {
    return read(state -> state.configRecord(namespace, name));
  }

  @Override
  public Optional<ConfigVersion> configVersion(String namespace, String name, long version) {
    return read(state -> state.configVersion(namespace, name, version));
  }

  @Override
  public List<ConfigVersion> configVersions(String namespace, String name) {
    return read(state -> state.configVersions(namespace, name));
  }

  @Override
  public long nextConfigVersion(String namespace, String name) {
    return read(state -> state.nextConfigVersion(namespace, name));
  }

  @Override
  public Optional<Long> newestVersion(String namespace, ContentRef content) {
    return read(state -> state.newestVersion(namespace, content));
  }

  @Override
  public Optional<List<String>> secretKeys(String namespace, String name, long version) {
    return read(state -> state.secretKeys(namespace, name, version));
  }

  @Override
  public List<ContentUse> uses(String namespace, ContentRef content) {
    return read(state -> state.uses(namespace, content));
  }

  @Override
  public List<VolumeRecord> volumes(@Nullable String namespace) {
    return read(state -> state.volumes(namespace));
  }

  @Override
  public List<DeploymentKey> unpinnedUsers() {
    return read(state -> state.unpinnedUsers());
  }

  @Override
  public List<ContentUse> volumeUses(String namespace) {
    return read(state -> state.volumeUses(namespace));
  }

  @Override
  public List<RuntimeInfo> runtimes() {
    return read(StateReader::runtimes);
  }

  @Override
  public List<PluginInfo> plugins() {
    return read(StateReader::plugins);
  }

  @Override
  public List<EventRecord> events(EventQuery query) {
    return read(state -> state.events(query));
  }

  @Override
  public long lastEventSeq() {
    return read(StateReader::lastEventSeq);
  }

  @Override
  public Optional<Long> restoredGeneration(DeploymentKey key) {
    return read(state -> state.restoredGeneration(key));
  }

  @Override
  public List<ChangeRecord> changes(
      @Nullable DeploymentKey key, @Nullable String correlation, int limit) {
    return read(state -> state.changes(key, correlation, limit));
  }

  @Override
  public long schemaVersion() {
    return read(StateReader::schemaVersion);
  }

  @Override
  public List<InstanceUsage> usages(@Nullable String namespace, @Nullable String deployment) {
    return read(state -> state.usages(namespace, deployment));
  }

  @Override
  public Optional<InstanceUsage> usage(InstanceId id) {
    return read(state -> state.usage(id));
  }

  @Override
  public List<UsagePoint> usagePoints(String subject, boolean coarse, Instant since) {
    return read(state -> state.usagePoints(subject, coarse, since));
  }

  @Override
  public Optional<Instant> lastUsageAverage() {
    return read(StateReader::lastUsageAverage);
  }

  @Override
  public Optional<Autoscale> autoscale(DeploymentKey key) {
    return read(state -> state.autoscale(key));
  }

  @Override
  public Map<DeploymentKey, Autoscale> autoscales() {
    return read(StateReader::autoscales);
  }

  @Override
  public Optional<AutoscaleState> autoscaleState(DeploymentKey key) {
    return read(state -> state.autoscaleState(key));
  }

  @Override
  public List<AuditRecord> audit(AuditQuery query) {
    return read(state -> state.audit(query));
  }

  @Override
  public AuditHead auditHead() {
    return read(StateReader::auditHead);
  }

  @Override
  public Optional<String> auditSeal(long through) {
    return read(state -> state.auditSeal(through));
  }
}
