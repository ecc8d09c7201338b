package io.gyre.runtime.host.restart;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs something later; it must be quick. */
public interface Timers {
  Timer after(Duration delay, Runnable task);

  interface Timer {
    void cancel();
  }

  /** One thread for all; nothing runs after it is closed. */
  final class OneThread implements Timers, AutoCloseable {
    private final ScheduledThreadPoolExecutor executor;

    public OneThread() {
      executor =
          new ScheduledThreadPoolExecutor(
              1, task -> Thread.ofPlatform().daemon().name("timers").unstarted(task));
      executor.setRemoveOnCancelPolicy(true);
      executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
      try {
        ScheduledFuture<?> timer =
            executor.schedule(task, Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
        return () -> timer.cancel(false);
      } catch (RejectedExecutionException e) {
        // Closed: the process is ending.
        return () -> {};
      }
    }

    @Override
    public void close() {
      executor.shutdownNow();
    }
  }
}
