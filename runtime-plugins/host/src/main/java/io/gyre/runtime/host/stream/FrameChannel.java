package io.gyre.runtime.host.stream;

import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrames;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The host's end of a stream. Any thread may write; one reads. A write blocks while the other end
 * doesn't read.
 */
final class FrameChannel implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  private final SocketChannel channel;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile long lastWrite = System.nanoTime();
  private volatile boolean closed;

  private FrameChannel(SocketChannel channel) {
    this.channel = channel;
  }

  static FrameChannel connect(Path socket) throws IOException {
    return new FrameChannel(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  void write(StreamFrame frame) throws IOException {
    writing.lock();
    try {
      StreamFrames.write(channel, frame);
      lastWrite = System.nanoTime();
    } catch (IOException e) {
      closed = true;
      throw e;
    } finally {
      writing.unlock();
    }
  }

  /** The next frame; nothing where the other end is gone. */
  Optional<StreamFrame> read() throws IOException {
    return StreamFrames.read(channel);
  }

  long quietMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastWrite);
  }

  boolean isClosed() {
    return closed;
  }

  /** Writes what it is given as frames of a kind. */
  OutputStream output(StreamFrame.Kind kind) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int at = offset; at < offset + length; at += CHUNK) {
          int end = Math.min(at + CHUNK, offset + length);
          FrameChannel.this.write(new StreamFrame(kind, Arrays.copyOfRange(bytes, at, end)));
        }
      }
    };
  }

  @Override
  public void close() {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing more can be done with it.
    }
  }
}
