package io.gyre.runtime.host.plugin;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a plugin runs its own work on: one timer thread that hands every task to a thread of its
 * own, so that tasks may block without delaying others. Those threads end when idle.
 */
final class PluginExecutor extends AbstractExecutorService implements ScheduledExecutorService {
  private static final long IDLE_SECONDS = 5;

  private final ScheduledThreadPoolExecutor timer;
  private final ExecutorService workers;

  PluginExecutor(ThreadFactory threads) {
    this.timer = new ScheduledThreadPoolExecutor(1, threads);
    this.workers = cachedThreads(threads);
    timer.setRemoveOnCancelPolicy(true);
  }

  static ExecutorService cachedThreads(ThreadFactory threads) {
    return new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
  }

  @Override
  public void execute(Runnable command) {
    workers.execute(command);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return arm(new Task<@Nullable Object>(command, 0, false), unit.toNanos(delay));
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    return arm(new Task<>(callable), unit.toNanos(delay));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return arm(
        new Task<@Nullable Object>(command, unit.toNanos(period), true),
        unit.toNanos(initialDelay));
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return arm(
        new Task<@Nullable Object>(command, unit.toNanos(delay), false),
        unit.toNanos(initialDelay));
  }

  private <V extends @Nullable Object> Task<V> arm(Task<V> task, long delayNanos) {
    task.due = System.nanoTime() + Math.max(0, delayNanos);
    task.arm();
    return task;
  }

  @Override
  public void shutdown() {
    timer.shutdownNow();
    workers.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    timer.shutdownNow();
    return workers.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return workers.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return workers.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return workers.awaitTermination(timeout, unit);
  }

  private final class Task<V extends @Nullable Object> extends FutureTask<V>
      implements RunnableScheduledFuture<V> {
    private final long periodNanos;
    private final boolean fixedRate;
    private volatile long due;
    private volatile @Nullable ScheduledFuture<?> armed;

    Task(Callable<V> callable) {
      super(callable);
      this.periodNanos = 0;
      this.fixedRate = false;
    }

    Task(Runnable command, long periodNanos, boolean fixedRate) {
      super(command, null);
      this.periodNanos = periodNanos;
      this.fixedRate = fixedRate;
    }

    void arm() {
      armed =
          timer.schedule(
              () -> {
                try {
                  workers.execute(this);
                } catch (RejectedExecutionException e) {
                  cancel(false);
                }
              },
              due - System.nanoTime(),
              TimeUnit.NANOSECONDS);
      if (isCancelled()) {
        armed.cancel(false);
      }
    }

    @Override
    public void run() {
      if (!isPeriodic()) {
        super.run();
      } else if (runAndReset()) {
        due = (fixedRate ? due : System.nanoTime()) + periodNanos;
        try {
          arm();
        } catch (RejectedExecutionException e) {
          cancel(false);
        }
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      ScheduledFuture<?> timing = armed;
      if (timing != null) {
        timing.cancel(false);
      }
      return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public boolean isPeriodic() {
      return periodNanos > 0;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
