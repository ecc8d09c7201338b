package io.gyre.store;

import io.gyre.model.AutoscaleState;
import io.gyre.model.Condition;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.EventRecord;
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
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A running transaction of the reconciler. Times are kept to the millisecond. */
public interface ObservedTx extends StateReader {
  /** Makes or replaces. */
  void putInstance(InstanceRecord instance);

  /** With its conditions and the count of its restarts; what its probes saw is kept. */
  boolean removeInstance(InstanceId id);

  /** Makes or replaces. */
  void putStatus(DeploymentStatus status);

  /** With the deployment's own conditions, and that it was stopped. */
  boolean removeStatus(DeploymentKey key);

  /** Makes or replaces, and drops those of revisions that aren't stored any more. */
  void putRollout(RolloutRecord rollout);

  /** Drops all of the deployment. */
  void removeRollouts(DeploymentKey key);

  /** Makes or replaces. */
  void putHalt(HaltRecord halt);

  /** Makes or replaces. */
  void putProbe(ProbeRecord probe);

  /** Makes or replaces. */
  void putJob(JobRecord job);

  /** Makes or replaces. */
  void putJobRun(JobRun run);

  /** Makes or replaces. */
  void putJobAttempt(JobAttempt attempt);

  /** With its attempts. */
  void removeJobRun(DeploymentKey key, long run);

  /** Drops the job with all runs and attempts of the deployment. */
  void removeJob(DeploymentKey key);

  /**
   * Removes what was seen of instances that are gone: all but the newest so many checks, and what
   * is older than a moment.
   *
   * @return how many went
   */
  int sweepProbes(int keepNewest, Instant olderThan);

  /** Makes or replaces. */
  void putHealthRestart(HealthRestart restart);

  /**
   * Makes or replaces all of them.
   *
   * @param instance null: those of the deployment itself
   */
  void putConditions(DeploymentKey key, @Nullable InstanceId instance, List<Condition> conditions);

  /** Takes what a runtime has of named volumes, each {@code namespace/name}. */
  void replaceVolumes(String runtime, List<String> volumes);

  /**
   * Adds to the event log; its seq is ignored.
   *
   * @return the seq it got
   */
  long appendEvent(EventRecord event);

  /** Makes or replaces. */
  void putRuntime(RuntimeInfo runtime);

  boolean removeRuntime(String name);

  /** These and no others. */
  void replacePlugins(List<PluginInfo> plugins);

  /** Greater than every epoch given out before: the fence of a reconciler that starts. */
  long nextEpoch();

  /**
   * Removes events older than a moment, and all but the newest so many. Numbers are never used
   * again.
   *
   * @return how many went
   */
  int sweepEvents(int keepNewest, Instant olderThan);

  /** Makes or replaces; of those of these instances that exist. */
  void putUsages(List<InstanceUsage> usages);

  /** Adds to the last hour; what is there already stays. */
  void addUsagePoints(List<UsagePoint> points);

  /**
   * Averages what there is of five minutes, beginning then, into one point of each subject. Does
   * nothing where that was done before.
   */
  void averageUsagePoints(Instant from);

  /** Removes older points, of either kind, and the state of deployments that aren't scaled. */
  void sweepUsage(Instant fine, Instant coarse);

  /** Makes or replaces. */
  void putAutoscaleState(AutoscaleState state);
}
