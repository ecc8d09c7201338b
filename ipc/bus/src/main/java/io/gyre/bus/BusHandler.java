package io.gyre.bus;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;

/**
 * What a process does with messages. Called on one thread of the bus, one message at a time, each
 * at least once: after a crash the last one comes again, so handling must be idempotent by {@link
 * Envelope#id()}. It should return soon, for the messages behind it wait. A message whose handling
 * throws is logged, counted and not delivered again.
 */
public interface BusHandler {
  void onMessage(Envelope envelope, Message message);

  /** A message of a newer sender that this version can't read. It is already logged and counted. */
  default void onUnknown(Envelope envelope, int kind) {}
}
