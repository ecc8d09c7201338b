package io.gyre.runtime.docker;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the engine's mix of stdout and stderr:
 *
 * <pre>
 *   byte 0: 1 stdout, 2 stderr · bytes 1-3: 0 · bytes 4-7: length, big-endian · payload
 * </pre>
 */
final class Frames {
  private static final int LARGEST = 64 * 1024 * 1024;

  private final InputStream in;

  /** Handed over once; nobody compares it. */
  @SuppressWarnings("ArrayRecordComponent")
  record Frame(boolean stderr, byte[] payload) {}

  Frames(InputStream in) {
    this.in = in;
  }

  /** Null at the end. */
  @Nullable Frame next() throws IOException {
    byte[] head = in.readNBytes(8);
    if (head.length == 0) {
      return null;
    }
    if (head.length < 8) {
      throw new EOFException("the stream ends within a frame");
    }
    int length =
        (head[4] & 0xff) << 24 | (head[5] & 0xff) << 16 | (head[6] & 0xff) << 8 | (head[7] & 0xff);
    if (head[0] < 0 || head[0] > 2 || length < 0 || length > LARGEST) {
      throw new IOException("the engine's stream is not in frames");
    }
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("the stream ends within a frame");
    }
    return new Frame(head[0] == 2, payload);
  }
}
