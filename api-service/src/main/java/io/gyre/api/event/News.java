package io.gyre.api.event;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes who watches the observed state. The bus rings; while anybody watches, a look each second
 * makes up for lost rings. With nobody watching nothing runs.
 */
public final class News implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(News.class);
  private static final long LOOK_MS = 1000;

  private final LongSupplier newestStored;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition rung = lock.newCondition();
  private final Condition poller = lock.newCondition();
  private long newest;
  private long rings;
  private int watchers;
  private boolean closed;

  /** Counts as a watcher until it is closed. */
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * @param newestStored the number of the newest event in the store
   */
  public News(LongSupplier newestStored) {
    this.newestStored = newestStored;
    Thread.ofPlatform().daemon().name("news").start(this::look);
  }

  /** The state has news; the newest event has this number. Doesn't block. */
  public void ring(long newestEvent) {
    lock.lock();
    try {
      newest = Math.max(newest, newestEvent);
      rings++;
      rung.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public Watch watch() {
    lock.lock();
    try {
      watchers++;
      poller.signalAll();
    } finally {
      lock.unlock();
    }
    return () -> {
      lock.lock();
      try {
        watchers--;
      } finally {
        lock.unlock();
      }
    };
  }

  /** Waits until there may be an event after this one, or the time is over, or all ends. */
  void awaitAfter(long event, Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lockInterruptibly();
    try {
      while (!closed && newest <= event && left > 0) {
        left = rung.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  public long rings() {
    lock.lock();
    try {
      return rings;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next ring after so many, or until the time is over, or all ends. */
  public void awaitRing(long seen, Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lockInterruptibly();
    try {
      while (!closed && rings == seen && left > 0) {
        left = rung.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  public boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    boolean failed = false;
    while (awaitLook()) {
      try {
        long stored = newestStored.getAsLong();
        if (stored > newestKnown()) {
          ring(stored);
        }
        failed = false;
      } catch (RuntimeException e) {
        if (!failed) {
          log.warn("could not look for events: {}", e.toString());
        }
        failed = true;
      }
    }
  }

  /** False once all ends. */
  private boolean awaitLook() {
    lock.lock();
    try {
      while (!closed && watchers == 0) {
        poller.awaitUninterruptibly();
      }
      long left = TimeUnit.MILLISECONDS.toNanos(LOOK_MS);
      while (!closed && left > 0) {
        left = poller.awaitNanos(left);
      }
      return !closed;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  private long newestKnown() {
    lock.lock();
    try {
      return newest;
    } finally {
      lock.unlock();
    }
  }

  /** Wakes everybody; they see {@link #closed}. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      rung.signalAll();
      poller.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
