package io.gyre.store;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What chains the rows of the audit log: the hash of a row is the SHA-256, in lower-case hex, of
 *
 * <pre>
 * version, hash before, seq, at (ms), kind, actor, address, method, route, path, namespace,
 * status, code, count, detail, correlation, through, sealed
 * </pre>
 *
 * each written as {@code LENGTH:BYTES,} with the length of its UTF-8 bytes, or as {@code -,} where
 * there is none. The hash before the first row is 64 zeros. This never changes; a new field would
 * come with another version.
 */
public final class AuditChain {
  private static final String VERSION = "gyre-audit-1";

  private AuditChain() {}

  /** The hash of a row after the one with that hash. */
  public static String hash(
      String before, long seq, AuditEntry entry, @Nullable Long through, @Nullable String sealed) {
    ByteArrayOutputStream canonical = new ByteArrayOutputStream(512);
    add(canonical, VERSION);
    add(canonical, before);
    add(canonical, Long.toString(seq));
    add(canonical, Long.toString(entry.at().toEpochMilli()));
    add(canonical, entry.kind().name());
    add(canonical, entry.actor());
    add(canonical, entry.address());
    add(canonical, entry.method());
    add(canonical, entry.route());
    add(canonical, entry.path());
    add(canonical, entry.namespace());
    add(canonical, Integer.toString(entry.status()));
    add(canonical, entry.code());
    add(canonical, Long.toString(entry.count()));
    add(canonical, entry.detail());
    add(canonical, entry.correlation());
    add(canonical, through == null ? null : through.toString());
    add(canonical, sealed);
    return HexFormat.of().formatHex(sha256(canonical.toByteArray()));
  }

  private static void add(ByteArrayOutputStream out, @Nullable String field) {
    if (field == null) {
      out.write('-');
    } else {
      byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
      out.writeBytes((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(bytes);
    }
    out.write(',');
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
