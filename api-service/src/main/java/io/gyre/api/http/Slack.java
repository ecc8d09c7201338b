package io.gyre.api.http;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gives memory back that something large took for a while, once nothing more has left any for some
 * seconds. It is more than the young generation has room for, and would stay until the heap is
 * full, which in an API that rests is never. Any thread.
 */
public final class Slack {
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ScheduledExecutorService later;
  private final AtomicBoolean due = new AtomicBoolean();
  private volatile long last;

  public Slack(ScheduledExecutorService later) {
    this.later = later;
  }

  /** Something has left what is worth a collection. */
  public void left() {
    last = System.nanoTime();
    if (due.compareAndSet(false, true)) {
      look(QUIET_NANOS);
    }
  }

  private void look(long nanos) {
    try {
      var _ = later.schedule(this::giveBack, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // All ends.
    }
  }

  private void giveBack() {
    long left = QUIET_NANOS - (System.nanoTime() - last);
    if (left > 0) {
      look(left);
    } else {
      due.set(false);
      System.gc();
    }
  }
}
