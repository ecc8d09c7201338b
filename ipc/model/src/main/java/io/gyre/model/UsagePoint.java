package io.gyre.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an instance, or all instances of a deployment, used at a time. Written by the reconciler
 * only.
 *
 * @param subject id of an instance, or {@code namespace/name} of a deployment
 * @param cpuMillis thousandths of a core
 * @param instances how many it is the sum of
 */
public record UsagePoint(
    String subject,
    Instant at,
    long cpuMillis,
    long memoryBytes,
    @Nullable Long receivedPerSecond,
    @Nullable Long sentPerSecond,
    int instances) {
  /** What the averages are of. */
  public static final Duration COARSE = Duration.ofMinutes(5);

  /** The same of another subject. */
  public UsagePoint of(String other) {
    return new UsagePoint(
        other, at, cpuMillis, memoryBytes, receivedPerSecond, sentPerSecond, instances);
  }

  /** Both together, as of the subject of this one. */
  public UsagePoint plus(UsagePoint more) {
    return new UsagePoint(
        subject,
        at,
        cpuMillis + more.cpuMillis,
        memoryBytes + more.memoryBytes,
        sum(receivedPerSecond, more.receivedPerSecond),
        sum(sentPerSecond, more.sentPerSecond),
        instances + more.instances);
  }

  private static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one + other;
  }
}
