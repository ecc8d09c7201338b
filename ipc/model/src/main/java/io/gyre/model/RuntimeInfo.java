package io.gyre.model;

import java.time.Instant;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A runtime that the host has loaded or refused.
 *
 * @param capabilities names of what it can do; a manifest that needs another is refused
 * @param state {@code ready}, {@code unavailable} (loaded, but its engine is away) or {@code
 *     rejected}
 */
public record RuntimeInfo(
    String name,
    String version,
    State state,
    @Nullable String message,
    Set<String> capabilities,
    String source,
    Instant since) {
  public enum State {
    READY,
    UNAVAILABLE,
    REJECTED
  }

  public RuntimeInfo {
    capabilities = Collections.unmodifiableSet(new TreeSet<>(capabilities));
  }
}
