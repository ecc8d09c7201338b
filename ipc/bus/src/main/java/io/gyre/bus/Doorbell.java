package io.gyre.bus;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bell of one reader: a Unix-domain socket that writers connect to and write a byte to after
 * each message. It appears under its name only once it listens, so a bell that refuses a connection
 * belongs to a dead reader and stays that way.
 *
 * <p>{@link #await} and {@link #close} are for the reader's thread, {@link #wakeUp} for any.
 */
final class Doorbell implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Doorbell.class);
  private static final int MAX_PATH = 107;

  private final Path path;
  private final Selector selector;
  private final ServerSocketChannel server;
  private final ByteBuffer rings = ByteBuffer.allocateDirect(256);

  private Doorbell(Path path, Selector selector, ServerSocketChannel server) {
    this.path = path;
    this.selector = selector;
    this.server = server;
  }

  static Path path(Path socketDirectory, Component reader) {
    return socketDirectory.resolve(reader.id() + ".bell");
  }

  /**
   * @throws GyreException INVALID where the path is too long for a socket
   */
  static void requireShort(Path path) {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_PATH) {
      throw new GyreException(
          ErrorKind.INVALID,
          "bus.socket_path_too_long",
          "the socket path " + path + " has " + length + " bytes; the limit is " + MAX_PATH,
          "choose a shorter directory for sockets");
    }
  }

  static Doorbell open(Path socketDirectory, Component reader) {
    Path path = path(socketDirectory, reader);
    requireShort(path);
    Directories.create(socketDirectory);
    Path unfinished = path.resolveSibling(reader.id() + ".new");
    try {
      Files.deleteIfExists(unfinished);
      Selector selector = Selector.open();
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      Doorbell bell = new Doorbell(path, selector, server);
      try {
        server.bind(UnixDomainSocketAddress.of(unfinished));
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        bell.close();
        throw e;
      }
      return bell;
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "bus.socket",
          "can't listen on " + path + ": " + e,
          "make " + socketDirectory + " writable for the user that Gyre runs as",
          List.of(),
          e);
    }
  }

  /** Until it rings, or was woken up, or the time is over. Rings from before count. */
  void await(long timeoutMs) throws IOException {
    selector.select(timeoutMs);
    Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
    while (keys.hasNext()) {
      SelectionKey key = keys.next();
      keys.remove();
      if (key.channel() instanceof SocketChannel writer) {
        silence(writer);
      } else {
        accept();
      }
    }
  }

  void wakeUp() {
    selector.wakeup();
  }

  @Override
  public void close() {
    try {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      server.close();
      selector.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.warn("Can't close {}", path, e);
    }
  }

  private void accept() {
    try {
      SocketChannel writer = server.accept();
      if (writer != null) {
        writer.configureBlocking(false);
        writer.register(selector, SelectionKey.OP_READ);
      }
    } catch (IOException e) {
      log.warn("Can't take a connection on {}: {}", path, e.toString());
    }
  }

  /** Takes all rings; what they are for is found in the queues. */
  private void silence(SocketChannel writer) {
    try {
      int read;
      do {
        rings.clear();
        read = writer.read(rings);
      } while (read == rings.capacity());
      if (read < 0) {
        writer.close();
      }
    } catch (IOException e) {
      try {
        writer.close();
      } catch (IOException ignored) {
        log.debug("Closing a broken connection failed", ignored);
      }
    }
  }
}
