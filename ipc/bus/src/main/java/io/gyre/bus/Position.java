package io.gyre.bus;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How far a reader has come in a queue.
 *
 * <p>The fingerprint of the message tells whether the queue still is the one that the reader knows:
 * after a wipe another message may have the same index. A named tailer of Chronicle remembers the
 * index only, keeps it in the file that it is to be safe against the loss of, and makes every
 * reader a writer of that queue.
 *
 * <p>On disk 16 bytes, big endian, written in place by one call, so that a killed process leaves
 * the old or the new ones: index, fingerprint, CRC-32C of both.
 *
 * @param index of the last message that was handled, or {@link #NONE}
 */
record Position(long index, int fingerprint) {
  static final int SIZE = Long.BYTES + 2 * Integer.BYTES;

  /** Nothing was handled yet: reading starts at the oldest message. */
  static final long NONE = -1;

  static final Position BEGINNING = new Position(NONE, 0);

  /** Stands for one that can't be read: whatever is in the queue may or may not be handled. */
  static final Position DAMAGED = new Position(-2, 0);

  /** Nothing where the reader never was here. */
  static Optional<Position> read(Path file) throws IOException {
    byte[] bytes = new byte[SIZE];
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.readFully(bytes);
    } catch (FileNotFoundException e) {
      if (Files.exists(file)) {
        throw e;
      }
      return Optional.empty();
    } catch (EOFException e) {
      return Optional.of(DAMAGED);
    }
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    Position position = new Position(fields.getLong(), fields.getInt());
    boolean intact = fields.getInt() == Frames.checksum(bytes, 0, SIZE - Integer.BYTES);
    return Optional.of(intact ? position : DAMAGED);
  }

  byte[] toBytes() {
    byte[] bytes = new byte[SIZE];
    ByteBuffer fields = ByteBuffer.wrap(bytes).putLong(index).putInt(fingerprint);
    fields.putInt(Frames.checksum(bytes, 0, SIZE - Integer.BYTES));
    return bytes;
  }
}
