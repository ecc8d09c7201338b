package io.gyre.bus;

import java.time.Clock;
import java.time.Instant;
import net.openhft.chronicle.core.time.TimeProvider;

/**
 * The time by which the writer changes files. Never goes back: a queue whose time does would be
 * written behind its end, where nobody reads.
 */
final class CycleTime implements TimeProvider {
  private final Clock clock;
  private volatile long latest = Long.MIN_VALUE;

  CycleTime(Clock clock) {
    this.clock = clock;
  }

  /** From now on it is at least this late. */
  void reach(Instant time) {
    latest = Math.max(latest, time.toEpochMilli());
  }

  @Override
  public long currentTimeMillis() {
    long now = Math.max(latest, clock.millis());
    latest = now;
    return now;
  }
}
