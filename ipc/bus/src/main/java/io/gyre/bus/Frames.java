package io.gyre.bus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What one entry of a queue holds: four bytes CRC-32C (big endian) and the message that it is of.
 */
final class Frames {
  private Frames() {}

  static byte[] wrap(byte[] message) {
    return ByteBuffer.allocate(Integer.BYTES + message.length)
        .putInt(checksum(message, 0, message.length))
        .put(message)
        .array();
  }

  static boolean intact(byte[] entry) {
    return entry.length >= Integer.BYTES && ByteBuffer.wrap(entry).getInt() == fingerprint(entry);
  }

  static byte[] message(byte[] entry) {
    return Arrays.copyOfRange(entry, Integer.BYTES, entry.length);
  }

  /** Tells one entry from another; of what is there, intact or not. */
  static int fingerprint(byte[] entry) {
    int from = Math.min(Integer.BYTES, entry.length);
    return checksum(entry, from, entry.length - from);
  }

  static int checksum(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
