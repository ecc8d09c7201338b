package io.gyre.runtime.host.stream;

import io.gyre.messages.StreamFrame;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * What the other end sends as standard input. A thread of its own reads the channel, so that the
 * other end's going away is noticed whether or not the command reads.
 */
final class Stdin extends InputStream {
  private static final byte[] END = new byte[0];

  private final BlockingQueue<byte[]> pieces = new ArrayBlockingQueue<>(16);
  private byte[] piece = END;
  private int at;
  private boolean ended;

  /** Reads until the other end is gone, then calls back. */
  void pump(FrameChannel channel, Runnable gone) {
    Thread.ofVirtual()
        .name("stdin")
        .start(
            () -> {
              try {
                while (true) {
                  Optional<StreamFrame> frame = channel.read();
                  if (frame.isEmpty()) {
                    break;
                  }
                  if (frame.get().kind() == StreamFrame.Kind.STDIN) {
                    if (frame.get().payload().length > 0) {
                      pieces.put(frame.get().payload());
                    }
                  } else if (frame.get().kind() == StreamFrame.Kind.STDIN_END) {
                    pieces.put(END);
                  }
                }
              } catch (IOException e) {
                // As good as gone.
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              if (!pieces.offer(END)) {
                pieces.clear();
                pieces.add(END);
              }
              gone.run();
            });
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at == piece.length && !next()) {
      return -1;
    }
    int count = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, bytes, offset, count);
    at += count;
    return count;
  }

  @Override
  public int available() {
    return piece.length - at;
  }

  private boolean next() throws IOException {
    if (ended) {
      return false;
    }
    try {
      piece = pieces.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    at = 0;
    ended = piece.length == 0;
    return !ended;
  }
}
