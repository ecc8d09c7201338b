package io.gyre.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of the audit log to read; a null filter lets all pass.
 *
 * @param afterSeq only rows with a greater number; 0: from the oldest kept
 * @param newestFirst whether the limit keeps the newest, and in which order they come
 */
public record AuditQuery(
    long afterSeq,
    int limit,
    @Nullable String namespace,
    @Nullable String actor,
    @Nullable AuditKind kind,
    @Nullable Instant since,
    boolean newestFirst) {

  public AuditQuery {
    Limits.check(limit);
  }

  /** All rows after one, oldest first. */
  public static AuditQuery after(long seq, int limit) {
    return new AuditQuery(seq, limit, null, null, null, null, false);
  }
}
