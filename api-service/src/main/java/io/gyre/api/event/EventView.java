package io.gyre.api.event;

import io.gyre.model.EventRecord;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An event as clients see it. */
public record EventView(
    long seq,
    Instant at,
    String level,
    @Nullable String namespace,
    @Nullable String deployment,
    @Nullable String instance,
    String reason,
    String message,
    String correlation) {
  public static EventView of(EventRecord event) {
    return new EventView(
        event.seq(),
        event.at(),
        event.level().name().toLowerCase(Locale.ROOT),
        event.namespace(),
        event.deployment(),
        event.instance(),
        event.reason(),
        event.message(),
        event.correlation());
  }
}
