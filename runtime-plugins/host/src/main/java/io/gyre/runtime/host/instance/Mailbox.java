package io.gyre.runtime.host.instance;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of one instance, carried out one at a time on a virtual thread.
 *
 * <pre>
 * comes \ waits   START            RESTART…         IN_PLACE   STOP             REMOVE
 * START           newest wins      after it         after it   after it         dropped
 * RESTART…        after it         newest wins      after it   after it         dropped
 * IN_PLACE        after it         after it         dropped    dropped          dropped
 * STOP            takes its place  takes its place  takes …    newest wins      dropped
 * REMOVE          takes its place  takes its place  takes …    takes its place  takes its place
 * </pre>
 *
 * A removal also cancels a task that was begun but still waits for its turn among all instances; so
 * does a stop, unless that is a removal.
 */
final class Mailbox {
  enum Kind {
    START,
    RESTART,
    /** Of one run only. */
    RESTART_RUN,
    /** Started again after it ended by itself. */
    IN_PLACE,
    /** Other files, and a signal; newest wins. */
    REFRESH,
    STOP,
    REMOVE
  }

  /** What to do; told the task, to ask it for its turn. */
  interface Work {
    void run(Task task);
  }

  static final class Task {
    private final Kind kind;
    private final long order;
    private final Work work;
    private boolean cancelled;
    private @Nullable Thread waiter;

    /**
     * @param order among tasks of the same kind the greatest is the newest
     */
    Task(Kind kind, long order, Work work) {
      this.kind = kind;
      this.order = order;
      this.work = work;
    }

    /** Waits for a permit; false where the task was cancelled meanwhile and has none. */
    boolean acquire(Semaphore permits) {
      synchronized (this) {
        if (cancelled) {
          return false;
        }
        if (permits.tryAcquire()) {
          return true;
        }
        waiter = Thread.currentThread();
      }
      boolean acquired = false;
      try {
        permits.acquire();
        acquired = true;
      } catch (InterruptedException e) {
        // Cancelled: nothing else interrupts these threads.
      }
      synchronized (this) {
        waiter = null;
        Thread.interrupted();
        if (cancelled && acquired) {
          permits.release();
        }
        return acquired && !cancelled;
      }
    }

    private synchronized void cancel() {
      cancelled = true;
      if (waiter != null) {
        waiter.interrupt();
      }
    }
  }

  private final String name;
  private final Deque<Task> waiting = new ArrayDeque<>();
  private @Nullable Task current;

  Mailbox(String name) {
    this.name = name;
  }

  void post(Task task) {
    synchronized (this) {
      if (isObsolete(task)) {
        return;
      }
      if (task.kind == Kind.REMOVE) {
        waiting.clear();
        if (current != null) {
          current.cancel();
        }
      } else if (task.kind == Kind.STOP) {
        waiting.clear();
        if (current != null && current.kind != Kind.REMOVE) {
          current.cancel();
        }
      } else {
        waiting.removeIf(other -> other.kind == task.kind && other.order <= task.order);
      }
      waiting.add(task);
      if (current != null) {
        return;
      }
      current = waiting.poll();
    }
    Thread.ofVirtual().name(name).start(this::run);
  }

  private boolean isObsolete(Task task) {
    if (task.kind == Kind.REMOVE) {
      return false;
    }
    for (Iterator<Task> others = waiting.iterator(); others.hasNext(); ) {
      Task other = others.next();
      boolean newer = other.kind == task.kind && other.order > task.order;
      boolean useless =
          task.kind == Kind.IN_PLACE && (other.kind == Kind.IN_PLACE || other.kind == Kind.STOP);
      if (other.kind == Kind.REMOVE || newer || useless) {
        return true;
      }
    }
    return false;
  }

  private void run() {
    Task task;
    synchronized (this) {
      task = current;
    }
    while (task != null) {
      task.work.run(task);
      synchronized (this) {
        task = waiting.poll();
        current = task;
      }
    }
  }

  synchronized boolean idle() {
    return current == null;
  }
}
