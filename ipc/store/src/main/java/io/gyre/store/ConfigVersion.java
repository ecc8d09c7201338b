package io.gyre.store;

import io.gyre.model.ConfigContent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * One of the versions of a config, which never changes.
 *
 * @param version from 1
 * @param correlation of the change that made it; empty: from before there were versions
 */
public record ConfigVersion(
    String namespace,
    String name,
    long version,
    ConfigContent content,
    Instant createdAt,
    String correlation,
    String actor) {
  /** SHA-256 of its entries, lower-case hex. */
  public String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(Json.write(content.texts()).getBytes(StandardCharsets.UTF_8));
      if (!content.binary().isEmpty()) {
        digest.update(Json.write(content.binary()).getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
