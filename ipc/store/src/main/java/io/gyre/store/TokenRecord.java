package io.gyre.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An API token, known by its hash only.
 *
 * @param id unique
 * @param sha256 of the token, lower-case hex, unique
 * @param expiresAt null: never
 */
public record TokenRecord(
    String id,
    String name,
    String sha256,
    String role,
    Instant createdAt,
    @Nullable Instant expiresAt) {}
