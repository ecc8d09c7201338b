package io.gyre.messages;

/** What {@link MessageCodec#decode} made of the bytes. */
public sealed interface Decoded {
  Envelope envelope();

  /** A message that this version knows. */
  record Known(Envelope envelope, Message message) implements Decoded {}

  /**
   * A message of a newer sender: its kind, or a value in it, is not known here. To be reported and
   * skipped, never a failure.
   */
  record Unknown(Envelope envelope, int kind) implements Decoded {}
}
