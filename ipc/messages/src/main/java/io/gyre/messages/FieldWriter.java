package io.gyre.messages;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Writes numbered fields. A value that is null, empty, zero or false is left out: it is what the
 * reader assumes of a missing field.
 *
 * <pre>
 * field  = key value             key: varint, number * 2 + form
 * form 0 : zigzag varint
 * form 1 : varint length, bytes
 * </pre>
 */
final class FieldWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

  FieldWriter number(int field, long value) {
    if (value != 0) {
      varint((long) field << 1);
      varint((value << 1) ^ (value >> 63));
    }
    return this;
  }

  FieldWriter flag(int field, boolean value) {
    return number(field, value ? 1 : 0);
  }

  FieldWriter text(int field, String value) {
    return value.isEmpty() ? this : optionalText(field, value);
  }

  /** Null and empty differ. */
  FieldWriter optionalText(int field, @Nullable String value) {
    return value == null ? this : bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  FieldWriter texts(int field, Iterable<String> values) {
    values.forEach(value -> bytes(field, value.getBytes(StandardCharsets.UTF_8)));
    return this;
  }

  /** The name, so that the order of the constants means nothing on the wire. */
  FieldWriter constant(int field, Enum<?> value) {
    return text(field, value.name());
  }

  /** Null and a group with nothing set differ. */
  FieldWriter group(int field, FieldWriter fields) {
    return bytes(field, fields.toBytes());
  }

  FieldWriter instant(int field, @Nullable Instant value) {
    return value == null
        ? this
        : group(
            field, new FieldWriter().number(1, value.getEpochSecond()).number(2, value.getNano()));
  }

  /** A number that may be absent, as opposed to zero. */
  FieldWriter optionalNumber(int field, @Nullable Long value) {
    return value == null ? this : group(field, new FieldWriter().number(1, value));
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  private FieldWriter bytes(int field, byte[] value) {
    varint(((long) field << 1) | 1);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  /** Outside of fields: the header of a message. */
  FieldWriter varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
    return this;
  }

  /** Outside of fields: the header of a message. */
  FieldWriter append(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }
}
