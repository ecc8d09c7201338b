package io.gyre.messages;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields that {@link FieldWriter} wrote, in any order. Fields nobody asks for are
 * skipped; of a repeated field the last counts, except where a list is asked for. Every length is
 * checked against what is there before anything is allocated, and nothing recurses into what the
 * caller doesn't know, so arbitrary bytes cost at most a small multiple of their own size.
 */
final class FieldReader {
  private static final int LENGTH_DELIMITED = 1;
  private static final long[] NONE = {};

  private final byte[] bytes;
  private final int end;
  private int at;
  private int count;
  private long[] keys = NONE;
  private long[] values = NONE;

  private FieldReader(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  static FieldReader of(byte[] bytes, int from, int end) throws MalformedMessageException {
    FieldReader reader = new FieldReader(bytes, from, end);
    reader.scan();
    return reader;
  }

  /** Not yet looked at: for the header of a message, which is no field. */
  static FieldReader from(byte[] bytes, int from) {
    return new FieldReader(bytes, from, bytes.length);
  }

  int position() {
    return at;
  }

  private void scan() throws MalformedMessageException {
    while (at < end) {
      long key = varint();
      if (key < 2) {
        throw new MalformedMessageException("field number " + (key >> 1) + " at byte " + at);
      }
      long value;
      if ((key & 1) == LENGTH_DELIMITED) {
        long length = varint();
        if (length < 0 || length > end - at) {
          throw new MalformedMessageException(
              "a field of " + length + " bytes where " + (end - at) + " are left");
        }
        value = (long) at << 32 | length;
        at += (int) length;
      } else {
        value = varint();
      }
      add(key, value);
    }
  }

  private void add(long key, long value) {
    if (count == keys.length) {
      int room = Math.max(8, count * 2);
      keys = Arrays.copyOf(keys, room);
      values = Arrays.copyOf(values, room);
    }
    keys[count] = key;
    values[count++] = value;
  }

  long varint() throws MalformedMessageException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at >= end) {
        throw new MalformedMessageException("ends within a number at byte " + at);
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new MalformedMessageException("a number of more than 64 bits at byte " + at);
  }

  private int find(int field, int form) {
    long key = (long) field << 1 | form;
    for (int i = count - 1; i >= 0; i--) {
      if (keys[i] == key) {
        return i;
      }
    }
    return -1;
  }

  long number(int field) {
    int i = find(field, 0);
    return i < 0 ? 0 : values[i] >>> 1 ^ -(values[i] & 1);
  }

  int smallNumber(int field) throws MalformedMessageException {
    long value = number(field);
    if (value != (int) value) {
      throw new MalformedMessageException("field " + field + " is out of range: " + value);
    }
    return (int) value;
  }

  boolean flag(int field) {
    return number(field) != 0;
  }

  /** Empty where missing. */
  String text(int field) throws MalformedMessageException {
    int i = find(field, LENGTH_DELIMITED);
    return i < 0 ? "" : text(values[i]);
  }

  /** Null where missing. */
  @Nullable String optionalText(int field) throws MalformedMessageException {
    int i = find(field, LENGTH_DELIMITED);
    return i < 0 ? null : text(values[i]);
  }

  List<String> texts(int field) throws MalformedMessageException {
    List<String> texts = new ArrayList<>();
    long key = (long) field << 1 | LENGTH_DELIMITED;
    for (int i = 0; i < count; i++) {
      if (keys[i] == key) {
        texts.add(text(values[i]));
      }
    }
    return texts;
  }

  private String text(long where) throws MalformedMessageException {
    int from = (int) (where >>> 32);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, (int) where))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedMessageException("text that is not UTF-8 at byte " + from, e);
    }
  }

  /** Null where missing. */
  @Nullable FieldReader group(int field) throws MalformedMessageException {
    int i = find(field, LENGTH_DELIMITED);
    return i < 0 ? null : group(values[i]);
  }

  List<FieldReader> groups(int field) throws MalformedMessageException {
    List<FieldReader> groups = new ArrayList<>();
    long key = (long) field << 1 | LENGTH_DELIMITED;
    for (int i = 0; i < count; i++) {
      if (keys[i] == key) {
        groups.add(group(values[i]));
      }
    }
    return groups;
  }

  private FieldReader group(long where) throws MalformedMessageException {
    int from = (int) (where >>> 32);
    return of(bytes, from, from + (int) where);
  }

  /** Null where missing. */
  @Nullable Instant instant(int field) throws MalformedMessageException {
    FieldReader group = group(field);
    if (group == null) {
      return null;
    }
    try {
      return Instant.ofEpochSecond(group.number(1), group.number(2));
    } catch (DateTimeException | ArithmeticException e) {
      throw new MalformedMessageException("field " + field + " is not a time", e);
    }
  }

  /** Null where missing. */
  @Nullable Long optionalNumber(int field) throws MalformedMessageException {
    FieldReader group = group(field);
    return group == null ? null : group.number(1);
  }

  /** Null where missing or where this version doesn't know the constant. */
  <E extends Enum<E>> @Nullable E constant(int field, Class<E> type)
      throws MalformedMessageException {
    String name = text(field);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    return null;
  }
}
