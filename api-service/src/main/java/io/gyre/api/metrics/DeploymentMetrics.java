package io.gyre.api.metrics;

import io.gyre.api.deployment.AutoscaleView;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceUsage;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A deployment and what all its instances use together.
 *
 * @param sampled of how many instances that is known now; the sums are of those
 * @param cpuCores null where it isn't known of any
 */
record DeploymentMetrics(
    String namespace,
    String name,
    String phase,
    int replicas,
    int ready,
    long restarts,
    int sampled,
    @Nullable Double cpuCores,
    @Nullable Long memoryBytes,
    @Nullable Long receivedBytesPerSecond,
    @Nullable Long sentBytesPerSecond,
    @Nullable AutoscaleView autoscale) {

  static DeploymentMetrics of(
      DesiredDeployment wanted,
      @Nullable DeploymentStatus status,
      long restarts,
      List<InstanceUsage> usages,
      @Nullable AutoscaleView autoscale) {
    Long millis = sum(usages, InstanceUsage::cpuMillis);
    DeploymentPhase phase = status == null ? DeploymentPhase.PENDING : status.phase();
    return new DeploymentMetrics(
        wanted.key().namespace(),
        wanted.key().name(),
        (wanted.deleted() ? DeploymentPhase.DELETING : phase).id(),
        wanted.replicas(),
        status == null ? 0 : status.ready(),
        restarts,
        usages.size(),
        millis == null ? null : Double.valueOf(millis / 1000.0),
        sum(usages, usage -> usage.last().memoryBytes()),
        sum(usages, InstanceUsage::receivedPerSecond),
        sum(usages, InstanceUsage::sentPerSecond),
        autoscale);
  }

  private static @Nullable Long sum(
      List<InstanceUsage> usages, Function<InstanceUsage, @Nullable Long> of) {
    List<Long> known = usages.stream().map(of).filter(Objects::nonNull).toList();
    return known.isEmpty() ? null : Long.valueOf(known.stream().mapToLong(Long::longValue).sum());
  }
}
