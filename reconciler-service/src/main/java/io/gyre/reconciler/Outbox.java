package io.gyre.reconciler;

import io.gyre.model.Failpoints;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * What one deployment has committed and not yet put on the bus: where that has no room the rest
 * waits here, in order, for another try. Lost with the process, after which the rows ask for it
 * anew. Used by one thread at a time.
 */
final class Outbox {
  private final Predicate<Batch.Outgoing> bus;
  private final Runnable tryLater;
  private final Deque<Batch.Outgoing> unsent = new ArrayDeque<>();

  /**
   * @param bus takes a message, or says false where it has no room for it now
   * @param tryLater has {@link #send} called again in a moment
   */
  Outbox(Predicate<Batch.Outgoing> bus, Runnable tryLater) {
    this.bus = bus;
    this.tryLater = tryLater;
  }

  boolean empty() {
    return unsent.isEmpty();
  }

  /** Sends what waits, then these. */
  void send(List<Batch.Outgoing> messages) {
    for (Batch.Outgoing message : messages) {
      if (!unsent.contains(message)) {
        unsent.add(message);
      }
    }
    for (Batch.Outgoing next = unsent.peek(); next != null; next = unsent.peek()) {
      if (!bus.test(next)) {
        tryLater.run();
        return;
      }
      unsent.remove();
      Failpoints.hit("reconciler.look.sent");
    }
  }
}
