package io.gyre.reconciler.health;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Starts probes when they are due, each on a virtual thread of its own. Its one thread is there
 * only once something was to be done, and never does it itself.
 */
final class ProbeTimer implements AutoCloseable {
  /** Probes of one moment wake the thread once. */
  private static final long GRAIN_MS = 10;

  private final ScheduledThreadPoolExecutor executor;

  ProbeTimer() {
    executor =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("probe-timer").daemon().factory());
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** After the time, or a little later; never, where this is closed before. */
  Future<?> after(Duration delay, Runnable task) {
    long nowMs = System.nanoTime() / 1_000_000;
    long due = nowMs + Math.max(1, delay.toMillis());
    long wait = delay.toMillis() < 10 * GRAIN_MS ? due - nowMs : roundUp(due) - nowMs;
    try {
      return executor.schedule(() -> Thread.startVirtualThread(task), wait, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(null);
    }
  }

  private static long roundUp(long ms) {
    return Math.floorDiv(ms + GRAIN_MS - 1, GRAIN_MS) * GRAIN_MS;
  }

  /** From 0 to 999. */
  int permille() {
    return ThreadLocalRandom.current().nextInt(1000);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
