package io.gyre.api.metrics;

import io.gyre.model.InstanceUsage;
import io.gyre.model.Resources;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an instance uses.
 *
 * @param cpuCores between the last two samples; null before the second
 * @param cpuPercent of its limit; null without one
 * @param cpuSecondsTotal in all its life, as are the bytes
 * @param receivedBytesTotal null where its runtime can't tell
 */
record UsageView(
    Instant at,
    @Nullable Double cpuCores,
    @Nullable Double cpuPercent,
    double cpuSecondsTotal,
    long memoryBytes,
    @Nullable Double memoryPercent,
    @Nullable Long receivedBytesTotal,
    @Nullable Long sentBytesTotal,
    @Nullable Long receivedBytesPerSecond,
    @Nullable Long sentBytesPerSecond) {

  static UsageView of(InstanceUsage usage, Resources resources) {
    Long millis = usage.cpuMillis();
    return new UsageView(
        usage.last().at(),
        millis == null ? null : Double.valueOf(millis / 1000.0),
        percent(millis, resources.cpuLimitMillis()),
        usage.cpuNanos() / 1e9,
        usage.last().memoryBytes(),
        percent(usage.last().memoryBytes(), resources.memoryLimitBytes()),
        usage.receivedBytes(),
        usage.sentBytes(),
        usage.receivedPerSecond(),
        usage.sentPerSecond());
  }

  private static @Nullable Double percent(@Nullable Long used, @Nullable Long limit) {
    return used == null || limit == null
        ? null
        : Double.valueOf(Math.round(used * 1000.0 / limit) / 10.0);
  }
}
