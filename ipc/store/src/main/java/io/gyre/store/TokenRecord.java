package io.gyre.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An API token, known by its hash only.
 *
 * @param id unique
 * @param name unique
 * @param sha256 of the token, lower-case hex, unique
 * @param role what a token without an owner is as good as; empty for others
 * @param expiresAt null: never
 * @param owner the user whose rights it has; null: nobody's, it has those of its role
 * @param scopes what it is good for at most, as in {@code deployments:read}
 * @param namespaces where; {@code *}: everywhere
 * @param createdBy the actor who made it
 * @param lastUsedAt to the minute
 * @param previousSha256 of the token that this one replaced, which counts until {@code
 *     previousUntil}
 */
public record TokenRecord(
    String id,
    String name,
    String sha256,
    String role,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable String owner,
    List<String> scopes,
    List<String> namespaces,
    String createdBy,
    @Nullable Instant lastUsedAt,
    @Nullable String previousSha256,
    @Nullable Instant previousUntil) {
  public TokenRecord {
    scopes = List.copyOf(scopes);
    namespaces = List.copyOf(namespaces);
  }

  /** Nobody's, good for all that its role may. */
  public TokenRecord(
      String id,
      String name,
      String sha256,
      String role,
      Instant createdAt,
      @Nullable Instant expiresAt) {
    this(
        id,
        name,
        sha256,
        role,
        createdAt,
        expiresAt,
        null,
        List.of("*:*"),
        List.of("*"),
        "",
        null,
        null,
        null);
  }

  public boolean expired(Instant now) {
    return expiresAt != null && !now.isBefore(expiresAt);
  }

  /** With another secret; the one before counts until then. */
  public TokenRecord rotated(
      String hash, @Nullable Instant previousCounts, @Nullable Instant ends) {
    return new TokenRecord(
        id,
        name,
        hash,
        role,
        createdAt,
        ends,
        owner,
        scopes,
        namespaces,
        createdBy,
        lastUsedAt,
        previousCounts == null ? null : sha256,
        previousCounts);
  }
}
