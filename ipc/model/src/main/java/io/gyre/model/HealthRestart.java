package io.gyre.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The restarts of an instance that its health checks asked for. Written by the reconciler only, so
 * that a restart of it shortens no wait and forgets none. Pure.
 *
 * <pre>
 *            unhealthy                    due: commanded            another process runs
 *  (quiet) ─────────────▶ (run is set) ───────────────────▶ (the same) ────────────────▶ (quiet)
 *     ▲                        │ passes again before it is due
 *     └────────────────────────┘
 * </pre>
 *
 * @param restarts so far, since the instance was made
 * @param row in a row, each sooner than {@link #STABLE} after the check had begun to pass, but the
 *     first
 * @param run when the main process that is to be restarted was started; null: none is
 * @param dueAt when it is to be restarted; null: no restart is asked for
 * @param commanded whether it is under way
 * @param message what the check saw
 */
public record HealthRestart(
    InstanceId instance,
    long restarts,
    int row,
    @Nullable Instant run,
    @Nullable Instant dueAt,
    boolean commanded,
    @Nullable String message) {
  /** A check that has passed for this long leaves its failures behind. */
  public static final Duration STABLE = Duration.ofMinutes(1);

  static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  static final Duration LONGEST_DELAY = Duration.ofMinutes(5);
  private static final double JITTER = 0.1;
  private static final int MOST_DOUBLINGS = 20;

  public static HealthRestart none(InstanceId instance) {
    return new HealthRestart(instance, 0, 0, null, null, false, null);
  }

  /** Whether this very run is to be restarted. */
  public boolean concerns(@Nullable Instant startedAt) {
    return run != null
        && startedAt != null
        && dueAt != null
        && run.toEpochMilli() == startedAt.toEpochMilli();
  }

  /**
   * The check failed as often in a row as its threshold says. The first restart is due at once, the
   * n-th in a row {@code 1 s * 2^(n-2)} later, at most five minutes, less or more by a tenth.
   *
   * @param passedFor how long it had passed before
   * @param chance from 0 to 1, for the jitter
   */
  public HealthRestart unhealthy(
      Instant startedAt, Duration passedFor, String detail, Instant now, double chance) {
    int next = passedFor.compareTo(STABLE) >= 0 ? 1 : row + 1;
    return new HealthRestart(
        instance, restarts, next, startedAt, now.plus(delay(next, chance)), false, detail);
  }

  static Duration delay(int row, double chance) {
    if (row <= 1) {
      return Duration.ZERO;
    }
    Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(row - 2, MOST_DOUBLINGS));
    if (delay.compareTo(LONGEST_DELAY) > 0) {
      delay = LONGEST_DELAY;
    }
    return Duration.ofMillis((long) (delay.toMillis() * (1 + JITTER * (2 * chance - 1))));
  }

  /** The command goes out. */
  public HealthRestart begin() {
    return new HealthRestart(instance, restarts + 1, row, run, dueAt, true, message);
  }

  /** The check passes again; what is not under way yet is called off. */
  public HealthRestart calledOff() {
    return new HealthRestart(instance, restarts, Math.max(0, row - 1), null, null, false, null);
  }

  /** Another main process runs. */
  public HealthRestart done() {
    return new HealthRestart(instance, restarts, row, null, null, false, null);
  }
}
