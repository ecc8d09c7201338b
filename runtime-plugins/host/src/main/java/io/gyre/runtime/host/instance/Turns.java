package io.gyre.runtime.host.instance;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much is done at once: so many commands in all, so many starts per runtime, and apart from
 * them so many restarts in place, so that slow image pulls delay no restart.
 */
final class Turns {
  private static final int COMMANDS = 64;
  private static final int STARTS_PER_RUNTIME = 16;
  private static final int RESTARTS_IN_PLACE = 32;

  private final Semaphore commands = new Semaphore(COMMANDS, true);
  private final Semaphore restarts = new Semaphore(RESTARTS_IN_PLACE, true);
  private final Map<String, Semaphore> starts = new ConcurrentHashMap<>();

  /** Null: cancelled while it waited. */
  <T> @Nullable T start(Mailbox.Task task, String runtime, Supplier<T> work) {
    Semaphore own =
        starts.computeIfAbsent(runtime, name -> new Semaphore(STARTS_PER_RUNTIME, true));
    return within(task, own, () -> command(task, work));
  }

  /** Null: cancelled while it waited. */
  <T> @Nullable T command(Mailbox.Task task, Supplier<T> work) {
    return within(task, commands, work);
  }

  /** Null: cancelled while it waited. */
  <T> @Nullable T restartInPlace(Mailbox.Task task, Supplier<T> work) {
    return within(task, restarts, work);
  }

  private static <T> @Nullable T within(
      Mailbox.Task task, Semaphore turns, Supplier<? extends @Nullable T> work) {
    if (!task.acquire(turns)) {
      return null;
    }
    try {
      return work.get();
    } finally {
      turns.release();
    }
  }
}
