package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened. Written by the reconciler only; {@code seq} orders all events of the
 * host.
 *
 * @param seq from 1, growing, may have gaps
 * @param reason short, stable, snake case
 * @param correlation of the user action or the event that led to it
 */
public record EventRecord(
    long seq,
    Instant at,
    Level level,
    @Nullable String namespace,
    @Nullable String deployment,
    @Nullable String instance,
    String reason,
    String message,
    String correlation) {
  public enum Level {
    NORMAL,
    WARNING
  }
}
