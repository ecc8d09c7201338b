package io.gyre.api.metrics;

import io.gyre.api.deployment.AutoscaleView;
import io.gyre.model.AutoscaleState;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.model.Resources;
import io.gyre.store.StateReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What one state of the store says of the use of instances; for one thread. */
final class UsageState {
  /** So many rounds may be missed until a sample says nothing of now. */
  private static final int MISSED = 3;

  private static final Duration LEAST = Duration.ofSeconds(45);
  private static final int PAGE = 500;

  private final StateReader state;
  private final Instant oldest;
  private final Map<Revision, Resources> resources = new HashMap<>();

  private record Revision(DeploymentKey key, long number) {}

  /**
   * @param interval between two rounds of samples
   */
  UsageState(StateReader state, Duration interval, Instant now) {
    Duration longest = interval.multipliedBy(MISSED);
    this.state = state;
    this.oldest = now.minus(longest.compareTo(LEAST) < 0 ? LEAST : longest);
  }

  /** By instance; without those that say nothing of now. */
  Map<InstanceId, InstanceUsage> usages(@Nullable String namespace, @Nullable String deployment) {
    Map<InstanceId, InstanceUsage> usages = new HashMap<>();
    for (InstanceUsage usage : state.usages(namespace, deployment)) {
      if (fresh(usage)) {
        usages.put(usage.instance(), usage);
      }
    }
    return usages;
  }

  Optional<InstanceUsage> usage(InstanceId id) {
    return state.usage(id).filter(this::fresh);
  }

  private boolean fresh(InstanceUsage usage) {
    return usage.last().at().isAfter(oldest);
  }

  /** What the instance may use, and asked for. */
  Resources resources(InstanceRecord row) {
    return resources.computeIfAbsent(
        new Revision(row.deployment(), row.revision()),
        revision ->
            state
                .revisionSpec(revision.key(), revision.number())
                .map(spec -> spec.resources())
                .orElse(Resources.NONE));
  }

  List<InstanceRecord> instances(@Nullable String namespace, @Nullable String deployment) {
    List<InstanceRecord> all = new ArrayList<>();
    InstanceId after = null;
    List<InstanceRecord> page;
    do {
      page = state.instances(namespace, deployment, after, PAGE);
      all.addAll(page);
      after = page.isEmpty() ? after : page.getLast().id();
    } while (page.size() == PAGE);
    return all;
  }

  List<DesiredDeployment> deployments() {
    List<DesiredDeployment> all = new ArrayList<>();
    DeploymentKey after = null;
    List<DesiredDeployment> page;
    do {
      page = state.deployments(null, after, PAGE);
      all.addAll(page);
      after = page.isEmpty() ? after : page.getLast().key();
    } while (page.size() == PAGE);
    return all;
  }

  DeploymentMetrics deployment(DesiredDeployment wanted) {
    DeploymentKey key = wanted.key();
    Map<InstanceId, InstanceUsage> usages = usages(key.namespace(), key.name());
    long restarts =
        instances(key.namespace(), key.name()).stream().mapToLong(InstanceRecord::restarts).sum();
    @Nullable AutoscaleState scaling = state.autoscaleState(key).orElse(null);
    return DeploymentMetrics.of(
        wanted,
        state.status(key).orElse(null),
        restarts,
        List.copyOf(usages.values()),
        state.autoscale(key).map(policy -> AutoscaleView.of(policy, scaling)).orElse(null));
  }
}
