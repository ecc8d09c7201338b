package io.gyre.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

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
    Map<String, String> entries,
    Instant createdAt,
    String correlation,
    String actor) {
  public ConfigVersion {
    entries = Collections.unmodifiableMap(new TreeMap<>(entries));
  }

  /** SHA-256 of its entries, lower-case hex. */
  public String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(digest.digest(Json.write(entries).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
