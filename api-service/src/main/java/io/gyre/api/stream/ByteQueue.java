package io.gyre.api.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** A queue that holds so many bytes, or a single item of any size; then who adds waits. */
final class ByteQueue<T> {
  private final int limitBytes;
  private final ToIntFunction<T> size;
  private final ArrayDeque<T> items = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long bytes;
  private boolean closed;

  ByteQueue(int limitBytes, ToIntFunction<T> size) {
    this.limitBytes = limitBytes;
    this.size = size;
  }

  /** False where nobody takes any more. */
  boolean put(T item) {
    int added = size.applyAsInt(item);
    lock.lock();
    try {
      while (!closed && !items.isEmpty() && bytes + added > limitBytes) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        return false;
      }
      items.addLast(item);
      bytes += added;
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Null where none came in time. */
  @Nullable T poll(Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lockInterruptibly();
    try {
      while (items.isEmpty() && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      T item = items.pollFirst();
      if (item != null) {
        bytes -= size.applyAsInt(item);
        changed.signalAll();
      }
      return item;
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return items.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Takes nothing more; who waits goes on. */
  void close() {
    lock.lock();
    try {
      closed = true;
      items.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
