package io.gyre.store;

import org.jspecify.annotations.Nullable;

/**
 * Which events to read; a null filter lets all pass.
 *
 * @param afterSeq only events with a greater number; 0: from the oldest kept
 * @param limit at most so many, at least 1
 * @param newestFirst whether the limit keeps the newest, and in which order they come
 */
public record EventQuery(
    long afterSeq,
    int limit,
    @Nullable String namespace,
    @Nullable String deployment,
    @Nullable String instance,
    @Nullable String correlation,
    boolean newestFirst) {

  public EventQuery {
    Limits.check(limit);
  }

  /** All events after one, oldest first. */
  public static EventQuery after(long seq, int limit) {
    return new EventQuery(seq, limit, null, null, null, null, false);
  }
}
