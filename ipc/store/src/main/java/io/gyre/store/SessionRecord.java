package io.gyre.store;

import java.time.Instant;

/**
 * What a login began.
 *
 * @param sha256 of the session's secret, lower-case hex
 * @param address from where
 * @param lastUsedAt to the minute
 */
public record SessionRecord(
    String sha256,
    String user,
    String address,
    Instant createdAt,
    Instant lastUsedAt,
    Instant expiresAt) {}
