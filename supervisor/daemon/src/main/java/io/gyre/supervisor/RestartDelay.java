package io.gyre.supervisor;

import java.time.Duration;

/**
 * How long a component that ended waits for its next start: not at all after it ran for {@link
 * #STABLE}, else 200 ms, doubled with every early end up to 30 s. Never given up. Not thread-safe.
 */
final class RestartDelay {
  static final Duration STABLE = Duration.ofSeconds(10);

  /** From so many early ends in a row on it is said to crash again and again. */
  static final int LOOPING = 3;

  private static final long FIRST_MS = 200;
  private static final long MOST_MS = 30_000;

  private int earlyEnds;

  /** Counts an end and says how long to wait. */
  Duration afterEnd(Duration lived) {
    if (lived.compareTo(STABLE) >= 0) {
      earlyEnds = 0;
      return Duration.ZERO;
    }
    earlyEnds++;
    return Duration.ofMillis(Math.min(MOST_MS, FIRST_MS << Math.min(earlyEnds - 1, 10)));
  }

  /** It has run for {@link #STABLE}, or a user wants another try. */
  void forget() {
    earlyEnds = 0;
  }

  int earlyEnds() {
    return earlyEnds;
  }

  boolean looping() {
    return earlyEnds >= LOOPING;
  }
}
