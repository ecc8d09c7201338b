package io.gyre.model;

import java.time.Duration;

/**
 * How a new revision takes the place of the one that serves. It is no part of a revision: changing
 * it changes nothing that runs.
 *
 * @param maxSurge how many instances there may be above the wanted number while revisions change
 * @param maxUnavailable how many fewer than the wanted number may serve meanwhile
 * @param progressDeadline a rollout that comes no further for this long has failed
 * @param autoRollback whether a failed rollout goes back to the last revision that was healthy
 * @param canary CANARY only: how many instances of the new revision come up before it waits to be
 *     resumed, at least 1
 * @param drain how long an instance that serves runs on, counted as ready no more, before it is
 *     stopped because it is replaced, scaled away, restarted as asked or deleted; at most an hour
 */
public record RolloutPolicy(
    Strategy strategy,
    Amount maxSurge,
    Amount maxUnavailable,
    Duration progressDeadline,
    boolean autoRollback,
    int canary,
    Duration drain) {
  public enum Strategy {
    /** New instances beside the old ones, a few at a time. */
    ROLLING,
    /** All old instances go before the first new one comes. */
    RECREATE,
    /** As ROLLING, but it waits for a word after the first few. */
    CANARY
  }

  /**
   * A number of instances, or a share of the wanted number.
   *
   * @param value 0 or more; for a share 0 to 100
   */
  public record Amount(int value, boolean percent) {
    /** Rounded up. */
    public int ofUp(int replicas) {
      return percent ? (int) ((value * (long) replicas + 99) / 100) : value;
    }

    /** Rounded down. */
    public int ofDown(int replicas) {
      return percent ? (int) (value * (long) replicas / 100) : value;
    }

    @Override
    public String toString() {
      return percent ? value + "%" : Integer.toString(value);
    }
  }

  public static final RolloutPolicy DEFAULT =
      new RolloutPolicy(
          Strategy.ROLLING,
          new Amount(25, true),
          new Amount(0, false),
          Duration.ofMinutes(10),
          true,
          1,
          Duration.ZERO);

  /** At least 1 where nothing may be missing: else nothing could ever move. */
  public int surge(int replicas) {
    int surge = maxSurge.ofUp(replicas);
    return surge == 0 && unavailable(replicas) == 0 ? 1 : surge;
  }

  public int unavailable(int replicas) {
    return maxUnavailable.ofDown(replicas);
  }
}
