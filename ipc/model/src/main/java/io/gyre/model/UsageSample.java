package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an instance used, as its runtime counted.
 *
 * @param origin what the counters count from: with another value than before they began at zero
 *     again
 * @param cpuNanos processor time since the origin
 * @param receivedBytes over the network since the origin; null where the runtime can't tell
 */
public record UsageSample(
    InstanceId instance,
    Instant at,
    long origin,
    long cpuNanos,
    long memoryBytes,
    @Nullable Long receivedBytes,
    @Nullable Long sentBytes) {}
