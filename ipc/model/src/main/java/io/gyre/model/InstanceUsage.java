package io.gyre.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an instance has used in all its life, whatever ended and began again meanwhile. Written by
 * the reconciler only.
 *
 * @param last what its runtime said last; of counters from one origin the highest
 * @param cpuNanos of processor time, never less than before
 * @param receivedBytes null where its runtime can't tell
 * @param cpuMillis thousandths of a core in use between the last two samples; null before the
 *     second
 * @param receivedPerSecond bytes, likewise
 */
public record InstanceUsage(
    UsageSample last,
    DeploymentKey deployment,
    long cpuNanos,
    @Nullable Long receivedBytes,
    @Nullable Long sentBytes,
    @Nullable Long cpuMillis,
    @Nullable Long receivedPerSecond,
    @Nullable Long sentPerSecond) {

  public InstanceId instance() {
    return last.instance();
  }

  /** Of an instance that is new. */
  public static InstanceUsage first(UsageSample sample, DeploymentKey deployment) {
    return new InstanceUsage(
        sample,
        deployment,
        sample.cpuNanos(),
        sample.receivedBytes(),
        sample.sentBytes(),
        null,
        null,
        null);
  }

  /**
   * With another sample; where that isn't younger, the clock was set back, and rates aren't known.
   */
  public InstanceUsage next(UsageSample sample) {
    boolean anew = sample.origin() != last.origin();
    long nanos = Duration.between(last.at(), sample.at()).toNanos();
    long used = growth(anew, last.cpuNanos(), sample.cpuNanos());
    Long received = growth(anew, last.receivedBytes(), sample.receivedBytes());
    Long sent = growth(anew, last.sentBytes(), sample.sentBytes());
    return new InstanceUsage(
        anew ? sample : highest(sample),
        deployment,
        cpuNanos + used,
        plus(receivedBytes, received),
        plus(sentBytes, sent),
        nanos <= 0 ? null : Long.valueOf(Math.round(used * 1000.0 / nanos)),
        perSecond(received, nanos),
        perSecond(sent, nanos));
  }

  private UsageSample highest(UsageSample sample) {
    return new UsageSample(
        sample.instance(),
        sample.at(),
        sample.origin(),
        Math.max(last.cpuNanos(), sample.cpuNanos()),
        sample.memoryBytes(),
        highest(last.receivedBytes(), sample.receivedBytes()),
        highest(last.sentBytes(), sample.sentBytes()));
  }

  private static @Nullable Long highest(@Nullable Long before, @Nullable Long after) {
    if (before == null || after == null) {
      return after == null ? before : after;
    }
    return Math.max(before, after);
  }

  private static long growth(boolean anew, long before, long after) {
    return anew ? after : Math.max(0, after - before);
  }

  private static @Nullable Long growth(boolean anew, @Nullable Long before, @Nullable Long after) {
    if (after == null) {
      return null;
    }
    return before == null
        ? after
        : Long.valueOf(growth(anew, before.longValue(), after.longValue()));
  }

  private static @Nullable Long plus(@Nullable Long sum, @Nullable Long more) {
    return more == null ? sum : Long.valueOf((sum == null ? 0 : sum) + more);
  }

  private static @Nullable Long perSecond(@Nullable Long bytes, long nanos) {
    return bytes == null || nanos <= 0 ? null : Long.valueOf(Math.round(bytes * 1e9 / nanos));
  }
}
