package io.gyre.store;

import io.gyre.model.AutoscaleState;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.model.PluginInfo;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.UsagePoint;
import java.time.Instant;
import java.util.List;

/** A running transaction of the reconciler. Times are kept to the millisecond. */
public interface ObservedTx extends StateReader {
  /** Makes or replaces. */
  void putInstance(InstanceRecord instance);

  boolean removeInstance(InstanceId id);

  /** Makes or replaces. */
  void putStatus(DeploymentStatus status);

  boolean removeStatus(DeploymentKey key);

  /** Makes or replaces, and drops those of revisions that aren't stored any more. */
  void putRollout(RolloutRecord rollout);

  /** Drops all of the deployment. */
  void removeRollouts(DeploymentKey key);

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
