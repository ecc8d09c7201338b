package io.gyre.store;

import java.time.Instant;

/**
 * A secret without its entries.
 *
 * @param version the newest
 */
public record SecretRecord(
    String namespace, String name, long version, Instant createdAt, Instant updatedAt) {}
