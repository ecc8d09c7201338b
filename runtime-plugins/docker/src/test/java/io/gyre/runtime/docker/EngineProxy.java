package io.gyre.runtime.docker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A socket that leads to the real engine and can break in the ways an engine does. */
final class EngineProxy implements AutoCloseable {
  private final Path socket;
  private final Path engine;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Consumer<String> onRequest;
  private volatile boolean silent;
  private @Nullable ServerSocketChannel server;

  /**
   * @param onRequest sees the beginning of each request before the engine does
   */
  EngineProxy(Path socket, Consumer<String> onRequest) throws IOException {
    this.socket = socket;
    this.engine = Path.of("/var/run/docker.sock");
    this.onRequest = onRequest;
    appear();
  }

  String host() {
    return "unix://" + socket;
  }

  /** The engine is there. */
  void appear() throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    server = listening;
    Thread.ofVirtual().start(() -> accept(listening));
  }

  /** The engine is gone, with all connections. */
  void vanish() throws IOException {
    if (server != null) {
      server.close();
    }
    Files.deleteIfExists(socket);
    cut();
  }

  /** All connections break; new ones are fine. */
  void cut() {
    open.forEach(EngineProxy::closeQuietly);
  }

  /** The engine takes requests and answers no more. */
  void fallSilent(boolean value) {
    silent = value;
  }

  private void accept(ServerSocketChannel listening) {
    try {
      while (true) {
        SocketChannel client = listening.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        SocketChannel upstream = SocketChannel.open(UnixDomainSocketAddress.of(engine))) {
      open.add(client);
      open.add(upstream);
      Thread.ofVirtual().start(() -> pump(client, upstream, true));
      pump(upstream, client, false);
    } catch (IOException e) {
      // broken, as the test wants it
    } finally {
      open.removeIf(channel -> !channel.isOpen());
    }
  }

  private void pump(SocketChannel from, SocketChannel to, boolean requests) {
    ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
    boolean first = requests;
    try {
      while (from.read(buffer) >= 0) {
        buffer.flip();
        if (first) {
          onRequest.accept(StandardCharsets.ISO_8859_1.decode(buffer.duplicate()).toString());
          first = false;
        }
        while (silent && !requests && to.isOpen()) {
          LockSupport.parkNanos(5_000_000);
        }
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      to.shutdownOutput();
    } catch (IOException e) {
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // it is broken either way
    }
  }

  @Override
  public void close() throws IOException {
    vanish();
  }
}
