package io.gyre.api.audit;

import io.gyre.store.AuditEntry;
import io.gyre.store.AuditRecord;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A row of the audit log as it is shown. */
record AuditView(
    long seq,
    Instant at,
    String kind,
    String actor,
    String address,
    String method,
    String route,
    String path,
    @Nullable String namespace,
    @Nullable Integer status,
    @Nullable String code,
    long count,
    String detail,
    String correlation,
    @Nullable Long through,
    @Nullable String sealed,
    String hash) {
  static AuditView of(AuditRecord row) {
    AuditEntry entry = row.entry();
    return new AuditView(
        row.seq(),
        entry.at(),
        entry.kind().name().toLowerCase(Locale.ROOT),
        entry.actor(),
        entry.address(),
        entry.method(),
        entry.route(),
        entry.path(),
        entry.namespace(),
        entry.status() == 0 ? null : (Integer) entry.status(),
        entry.code().isEmpty() ? null : entry.code(),
        entry.count(),
        entry.detail(),
        entry.correlation(),
        row.through(),
        row.sealed(),
        row.hash());
  }
}
