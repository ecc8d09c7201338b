package io.gyre.bus;

import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rings one reader. Keeps a connection to it; where there is none, or it is dead, the cost is one
 * look at the file. Never blocks, never fails: who isn't rung finds the message when it next looks.
 * Not thread-safe.
 */
final class Ringer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ringer.class);

  private final File bell;
  private final UnixDomainSocketAddress address;
  private final ByteBuffer ring = ByteBuffer.allocateDirect(1);
  private @Nullable SocketChannel connection;

  /** What tells the bell that refused us from the next one; it will go on refusing. */
  private @Nullable Object refused;

  Ringer(Path bell) {
    this.bell = bell.toFile();
    this.address = UnixDomainSocketAddress.of(bell);
  }

  void ring() {
    if (connection == null || !write(connection)) {
      SocketChannel next = connect();
      connection = next;
      if (next != null) {
        write(next);
      }
    }
  }

  @Override
  public void close() {
    SocketChannel old = connection;
    connection = null;
    if (old != null) {
      close(old);
    }
  }

  /** False where the reader is gone. A reader that has many rings unheard needs no other. */
  private boolean write(SocketChannel to) {
    ring.clear();
    try {
      to.write(ring);
      return true;
    } catch (IOException e) {
      close(to);
      return false;
    }
  }

  private @Nullable SocketChannel connect() {
    Object found = identity();
    if (found == null || found.equals(refused)) {
      return null;
    }
    SocketChannel channel = null;
    try {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.configureBlocking(false);
      if (channel.connect(address)) {
        refused = null;
        return channel;
      }
    } catch (ConnectException e) {
      refused = found;
    } catch (IOException e) {
      log.debug("Can't ring {}", bell, e);
    }
    if (channel != null) {
      close(channel);
    }
    return null;
  }

  /** Null where there is no bell. Of two that follow each other the file keys differ. */
  private @Nullable Object identity() {
    if (!bell.exists()) {
      return null;
    }
    try {
      BasicFileAttributes bellFile = Files.readAttributes(bell.toPath(), BasicFileAttributes.class);
      return List.of(bellFile.fileKey(), bellFile.lastModifiedTime());
    } catch (IOException e) {
      return null;
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("Closing a connection to a bell failed", e);
    }
  }
}
