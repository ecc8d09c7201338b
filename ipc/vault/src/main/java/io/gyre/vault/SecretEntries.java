package io.gyre.vault;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The entries of a secret as the bytes that are sealed: of each key, in order, its length, it, the
 * length of its value and that. Lengths are four bytes.
 */
public final class SecretEntries {
  private SecretEntries() {}

  public static byte[] encode(Map<String, byte[]> entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new TreeMap<>(entries)
        .forEach(
            (key, value) -> {
              append(out, key.getBytes(StandardCharsets.UTF_8));
              append(out, value);
            });
    return out.toByteArray();
  }

  /**
   * @throws IllegalArgumentException for bytes that {@link #encode} doesn't make; it shows none
   */
  public static Map<String, byte[]> decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    Map<String, byte[]> entries = new TreeMap<>();
    try {
      while (in.hasRemaining()) {
        String key = new String(part(in), StandardCharsets.UTF_8);
        entries.put(key, part(in));
      }
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the entries of a secret are cut short", e);
    }
    return Collections.unmodifiableMap(entries);
  }

  private static byte[] part(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }

  private static void append(ByteArrayOutputStream out, byte[] part) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
    out.writeBytes(part);
  }
}
