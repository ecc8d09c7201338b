package io.gyre.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the number of replicas follows what they use. Written by the API only.
 *
 * @param cpuPercent what each replica is to use, of its CPU request or else its limit; null where
 *     the CPU doesn't matter
 * @param memoryPercent likewise
 * @param cooldownUp how long more must have been wanted before there are more
 * @param cooldownDown how long fewer must have been wanted before there are fewer
 * @param tolerancePercent a difference to the aim that isn't worth a change
 * @param replicas what the manifest says besides: the number to begin with; null: nothing
 */
public record Autoscale(
    int min,
    int max,
    @Nullable Integer cpuPercent,
    @Nullable Integer memoryPercent,
    Duration cooldownUp,
    Duration cooldownDown,
    int tolerancePercent,
    @Nullable Integer replicas) {
  public static final Duration COOLDOWN_UP = Duration.ofSeconds(30);
  public static final Duration COOLDOWN_DOWN = Duration.ofMinutes(5);
  public static final int TOLERANCE_PERCENT = 10;

  public Autoscale {
    if (min < 1 || max < min || (cpuPercent == null && memoryPercent == null)) {
      throw new GyreException(
          ErrorKind.INVALID,
          "deployment.autoscale.invalid",
          "autoscale needs 1 <= min <= max, and cpu or memory",
          null);
    }
  }

  /** The nearest number within the bounds. */
  public int within(int number) {
    return Math.clamp(number, min, max);
  }
}
