package io.gyre.store;

import org.jdbi.v3.core.mapper.RowMapper;

/** Rows of the audit log. */
final class AuditRows {
  static final RowMapper<AuditRecord> RECORD =
      (row, ctx) -> {
        long through = row.getLong("through");
        return new AuditRecord(
            row.getLong("seq"),
            new AuditEntry(
                Rows.instant(row, "at"),
                AuditKind.valueOf(row.getString("kind")),
                row.getString("actor"),
                row.getString("address"),
                row.getString("method"),
                row.getString("route"),
                row.getString("path"),
                row.getString("namespace"),
                row.getInt("status"),
                row.getString("code"),
                row.getLong("count"),
                row.getString("detail"),
                row.getString("correlation")),
            through == 0 ? null : (Long) through,
            row.getString("sealed"),
            row.getString("hash"));
      };

  static final RowMapper<AuditHead> HEAD =
      (row, ctx) -> new AuditHead(row.getLong(1), row.getString(2));

  private AuditRows() {}
}
