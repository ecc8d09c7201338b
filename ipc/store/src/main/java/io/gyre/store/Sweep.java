package io.gyre.store;

import java.time.Instant;

/**
 * Retention of an append-only table with {@code seq} and {@code at}: what precedes the first row
 * that is young enough goes, and all but the newest so many. Both bounds are found by walking the
 * primary key.
 */
final class Sweep {
  private Sweep() {}

  static String sql(String table) {
    return """
        DELETE FROM %1$s WHERE seq < max(
          coalesce((SELECT seq FROM %1$s WHERE at >= ? ORDER BY seq LIMIT 1),
                   (SELECT max(seq) + 1 FROM %1$s)),
          coalesce((SELECT seq + 1 FROM %1$s ORDER BY seq DESC LIMIT 1 OFFSET ?), 0))
        """
        .formatted(table);
  }

  static Object[] arguments(int keepNewest, Instant olderThan) {
    if (keepNewest < 0) {
      throw new IllegalArgumentException("keepNewest must not be negative: " + keepNewest);
    }
    return new Object[] {olderThan.toEpochMilli(), keepNewest};
  }
}
