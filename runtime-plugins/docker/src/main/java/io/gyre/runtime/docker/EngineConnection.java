package io.gyre.runtime.docker;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the engine, used for one exchange. One thread reads; another may write. {@link
 * #close} from any thread fails both.
 */
final class EngineConnection implements Closeable {
  private static final long ASK_EVERY_MS = 500;
  private static final int LONGEST_LINE = 64 * 1024;

  private final SocketChannel channel;
  private final Runnable onClose;
  private final ByteBuffer in = ByteBuffer.allocate(16 * 1024).flip();
  private volatile @Nullable Selector selector;
  private BooleanSupplier wanted = () -> true;
  private volatile boolean timedOut;

  private EngineConnection(SocketChannel channel, Runnable onClose) {
    this.channel = channel;
    this.onClose = onClose;
  }

  /**
   * @param onClose may be called more than once
   */
  static EngineConnection unconnected(EngineAddress address, Runnable onClose) throws IOException {
    return new EngineConnection(
        address.local()
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open(StandardProtocolFamily.INET),
        onClose);
  }

  void connect(EngineAddress address) throws IOException {
    try {
      channel.connect(address.socket());
    } catch (IOException e) {
      throw explained(e);
    }
  }

  void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(bytes, offset, length);
    try {
      while (out.hasRemaining()) {
        channel.write(out);
      }
    } catch (IOException e) {
      throw explained(e);
    }
  }

  void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  /** Returns what is there, at least one byte, or -1 at the end. */
  int read(byte[] bytes, int offset, int length) throws IOException {
    if (!in.hasRemaining() && !fill()) {
      return -1;
    }
    int count = Math.min(length, in.remaining());
    in.get(bytes, offset, count);
    return count;
  }

  /** A header line without its end. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    while (line.length() < LONGEST_LINE) {
      if (!in.hasRemaining() && !fill()) {
        throw new EOFException("the engine closed the connection");
      }
      int next = in.get() & 0xff;
      if (next == '\n') {
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
            ? line.substring(0, end - 1)
            : line.toString();
      }
      line.append((char) next);
    }
    throw new IOException("the engine sent a header line of over " + LONGEST_LINE + " bytes");
  }

  /**
   * From now on a read that waits asks twice a second, on the reading thread, whether to go on;
   * where not, it ends as at the end of the stream. No writes after this.
   */
  void readWhile(BooleanSupplier stillWanted) throws IOException {
    channel.configureBlocking(false);
    Selector made = Selector.open();
    selector = made;
    wanted = stillWanted;
    try {
      channel.register(made, SelectionKey.OP_READ);
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private boolean fill() throws IOException {
    in.clear();
    in.limit(0);
    try {
      while (true) {
        in.clear();
        int count = channel.read(in);
        in.flip();
        if (count != 0) {
          return count > 0;
        }
        if (!awaitData()) {
          return false;
        }
      }
    } catch (IOException e) {
      in.clear();
      in.limit(0);
      throw explained(e);
    }
  }

  private boolean awaitData() throws IOException {
    Selector waiting = selector;
    if (waiting == null) {
      return true;
    }
    try {
      int ready = waiting.select(ASK_EVERY_MS);
      waiting.selectedKeys().clear();
      if (Thread.interrupted()) {
        throw new InterruptedIOException("interrupted");
      }
      return ready > 0 || wanted.getAsBoolean();
    } catch (ClosedSelectorException e) {
      throw (IOException) new ClosedChannelException().initCause(e);
    }
  }

  private IOException explained(IOException e) {
    return timedOut ? new EngineTimeout(e) : e;
  }

  /** Fails what goes on with {@link EngineTimeout}. */
  void timeOut() {
    timedOut = true;
    close();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // nothing is lost: the exchange is over either way
    }
    Selector waiting = selector;
    if (waiting != null) {
      try {
        waiting.close();
      } catch (IOException e) {
        // as above
      }
    }
    onClose.run();
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The engine did not answer within the deadline of the call. */
  static final class EngineTimeout extends IOException {
    private static final long serialVersionUID = 1;

    EngineTimeout(IOException cause) {
      super("no answer in time", cause);
    }
  }
}
