package io.gyre.store;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.BusyHandler;

/**
 * How a connection waits for the lock of another process. SQLite's own handler sleeps longer and
 * longer, up to 100 ms, and so loses the lock to a busy writer for seconds; this one asks every
 * half millisecond after a short start.
 */
final class Patience extends BusyHandler {
  private static final long FIRST_NANOS = 50_000;
  private static final long NEXT_NANOS = 500_000;
  private static final int FIRST_ASKS = 8;

  private volatile long limitNanos;
  private long startedNanos;

  Patience(Duration limit) {
    limitNanos = limit.toNanos();
  }

  void limit(Duration limit) {
    limitNanos = limit.toNanos();
  }

  @Override
  protected int callback(int asked) {
    long now = System.nanoTime();
    if (asked == 0) {
      startedNanos = now;
    }
    if (now - startedNanos >= limitNanos) {
      return 0;
    }
    // An interrupted thread doesn't park: without this it would spin.
    boolean interrupted = Thread.interrupted();
    LockSupport.parkNanos(asked < FIRST_ASKS ? FIRST_NANOS : NEXT_NANOS);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return 1;
  }
}
