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
import org.jspecify.annotations.Nullable;

/**
 * Look-ups. Lists are complete, immutable and in ascending order of their key unless said
 * otherwise; a limit is at least 1; {@code after} is the last key of the page before; a null filter
 * lets all pass.
 *
 * <p>{@link Store#read()} may be used from any thread; each call there sees the newest committed
 * state, and two calls may see two states ({@link Store#snapshot} doesn't). Inside a transaction,
 * look-ups see its own writes and are bound to its thread and its duration.
 */
public interface StateReader {
  Optional<DesiredDeployment> deployment(DeploymentKey key);

  /** With those that are being deleted. */
  List<DesiredDeployment> deployments(
      @Nullable String namespace, @Nullable DeploymentKey after, int limit);

  /** Of all that {@link #deployments} has, in the same order, for a fraction of the cost. */
  List<DesiredVersion> versions(@Nullable DeploymentKey after, int limit);

  Optional<DeploymentSpec> revisionSpec(DeploymentKey key, long revision);

  List<RevisionRecord> revisions(DeploymentKey key);

  Optional<InstanceRecord> instance(InstanceId id);

  List<InstanceRecord> instances(
      @Nullable String namespace,
      @Nullable String deployment,
      @Nullable InstanceId after,
      int limit);

  /** How many instances there are in each state. */
  Map<InstanceState, Long> instanceCounts();

  long deploymentCount();

  Optional<DeploymentStatus> status(DeploymentKey key);

  List<DeploymentStatus> statuses(@Nullable String namespace);

  /** How it went with each of its revisions. */
  List<RolloutRecord> rollouts(DeploymentKey key);

  /** That a health check stopped it; the desired state may know of that or of later already. */
  Optional<HaltRecord> halt(DeploymentKey key);

  /** By index; also of an instance that is gone, for a while. */
  List<ProbeRecord> probes(InstanceId instance);

  /** By instance and index, with those of instances that are gone. */
  List<ProbeRecord> probes(DeploymentKey key);

  /** Of its instances that exist. */
  List<HealthRestart> healthRestarts(DeploymentKey key);

  /**
   * @param instance null: those of the deployment itself
   */
  List<Condition> conditions(DeploymentKey key, @Nullable InstanceId instance);

  /** How far the runs of a job are decided; empty before the first. */
  Optional<JobRecord> job(DeploymentKey key);

  /** All kept runs of a job, oldest first. */
  List<JobRun> jobRuns(DeploymentKey key);

  /** The newest run of each job. */
  List<JobRun> lastJobRuns(@Nullable String namespace);

  /** Of all kept runs of a job. */
  List<JobAttempt> jobAttempts(DeploymentKey key);

  /** What was asked of a job after that request. */
  List<JobRequest> jobRequests(DeploymentKey key, long after);

  List<NamespaceRecord> namespaces();

  /** By namespace, of those that have one. */
  Map<String, Quota> quotas();

  /** What the deployments of a namespace want, without those that are being deleted. */
  Usage usage(String namespace);

  /** Of deployments that ask for anything, without those that are being deleted. */
  List<WantedDemand> demands();

  /** What instances hold of the host, without those that still wait for room. */
  Map<DeploymentKey, Demand> heldDemands();

  List<ConfigRecord> configs(@Nullable String namespace);

  Optional<ConfigRecord> configRecord(String namespace, String name);

  /** Also of a config that is gone, as long as a kept revision uses that version. */
  Optional<ConfigVersion> configVersion(String namespace, String name, long version);

  /** The version that other entries of a config would get. */
  long nextConfigVersion(String namespace, String name);

  /** The kept ones, newest first. */
  List<ConfigVersion> configVersions(String namespace, String name);

  /** The newest version of a config or secret; empty where there is none. */
  Optional<Long> newestVersion(String namespace, ContentRef content);

  /**
   * The keys of the entries of a secret.
   *
   * @param version 0: the newest
   */
  Optional<List<String>> secretKeys(String namespace, String name, long version);

  /** The revisions that use it. */
  List<ContentUse> uses(String namespace, ContentRef content);

  /** The uses of all volumes of a namespace, by name of the volume. */
  List<ContentUse> volumeUses(String namespace);

  /** Named volumes that runtimes have. */
  List<VolumeRecord> volumes(@Nullable String namespace);

  /** Deployments that follow contents by their newest version. */
  List<DeploymentKey> unpinnedUsers();

  List<RuntimeInfo> runtimes();

  /** By file. */
  List<PluginInfo> plugins();

  List<EventRecord> events(EventQuery query);

  /** The number of the newest event that was ever kept, 0 before the first. */
  long lastEventSeq();

  /**
   * The generation that the deployment had in the backup that this state was restored from, 0 where
   * it was gone by then; empty where nothing was restored.
   */
  Optional<Long> restoredGeneration(DeploymentKey key);

  /** Newest first. */
  List<ChangeRecord> changes(@Nullable DeploymentKey key, @Nullable String correlation, int limit);

  long schemaVersion();

  /** What existing instances used last; of each deployment, or of all. */
  List<InstanceUsage> usages(@Nullable String namespace, @Nullable String deployment);

  Optional<InstanceUsage> usage(InstanceId id);

  /**
   * Oldest first.
   *
   * @param coarse averages of five minutes, else all that there is of the last hour
   */
  List<UsagePoint> usagePoints(String subject, boolean coarse, Instant since);

  /** When the youngest average begins. */
  Optional<Instant> lastUsageAverage();

  /** Empty where the deployment isn't scaled by its load. */
  Optional<Autoscale> autoscale(DeploymentKey key);

  /** Of all deployments that are. */
  Map<DeploymentKey, Autoscale> autoscales();

  Optional<AutoscaleState> autoscaleState(DeploymentKey key);

  List<AuditRecord> audit(AuditQuery query);

  /** The end of the audit log. */
  AuditHead auditHead();

  /** The hash of a row of the audit log that was removed as the last one, by what sealed it. */
  Optional<String> auditSeal(long through);
}
