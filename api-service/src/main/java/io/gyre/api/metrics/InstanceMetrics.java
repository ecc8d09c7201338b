package io.gyre.api.metrics;

import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.model.Resources;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An instance and what it uses.
 *
 * @param usage null where that isn't known now
 */
record InstanceMetrics(
    String id,
    String namespace,
    String deployment,
    long revision,
    String runtime,
    String state,
    boolean ready,
    long restarts,
    @Nullable Instant startedAt,
    @Nullable Long cpuLimitMillis,
    @Nullable Long memoryLimitBytes,
    @Nullable UsageView usage) {

  static InstanceMetrics of(
      InstanceRecord row, Resources resources, @Nullable InstanceUsage usage) {
    return new InstanceMetrics(
        row.id().value(),
        row.deployment().namespace(),
        row.deployment().name(),
        row.revision(),
        row.runtime(),
        row.state().id(),
        row.ready(),
        row.restarts(),
        row.startedAt(),
        resources.cpuLimitMillis(),
        resources.memoryLimitBytes(),
        usage == null ? null : UsageView.of(usage, resources));
  }
}
