package io.gyre.vault;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a sealed value is and whose. It is not stored in the envelope: who opens it says what it
 * expects, and an envelope that was moved to another place doesn't open.
 *
 * @param purpose a word per kind of value, as {@code secret}
 * @param names the rest of its identity, as namespace, name and version
 */
public record SealContext(String purpose, List<String> names) {
  public SealContext {
    names = List.copyOf(names);
  }

  public static SealContext of(String purpose, String... names) {
    return new SealContext(purpose, List.of(names));
  }

  /** Each part with its length, so that no two contexts have the same bytes. */
  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    append(out, purpose);
    names.forEach(name -> append(out, name));
    return out.toByteArray();
  }

  private static void append(ByteArrayOutputStream out, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    out.writeBytes(bytes);
  }
}
