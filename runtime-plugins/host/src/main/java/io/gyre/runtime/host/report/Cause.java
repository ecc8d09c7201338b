package io.gyre.runtime.host.report;

import io.gyre.messages.Envelope;
import io.gyre.model.Ids;

/**
 * What led to a fact.
 *
 * @param correlation of the user action or of the event that began it
 * @param message id of the message that asked for it, empty where none did
 */
public record Cause(String correlation, String message) {
  public static Cause of(Envelope envelope) {
    return new Cause(envelope.correlation(), envelope.id());
  }

  /** For what happened by itself. */
  public static Cause own() {
    return new Cause(Ids.correlation(), "");
  }
}
