package io.gyre.store;

import org.jspecify.annotations.Nullable;

/**
 * A row of the audit log.
 *
 * @param seq from 1, without gaps
 * @param through of a SEAL: the last row that was removed, else null
 * @param sealed of a SEAL: the hash of that row, else null
 * @param hash see {@link AuditChain}
 */
public record AuditRecord(
    long seq, AuditEntry entry, @Nullable Long through, @Nullable String sealed, String hash) {}
