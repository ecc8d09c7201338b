package io.gyre.component;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the API's listening socket to whoever may connect to {@code api-listener.sock}: a
 * supervisor that has replaced another. A thread of its own, which blocks.
 */
public final class ListenerOffer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ListenerOffer.class);

  private final ServerSocketChannel server;
  private final int descriptor;
  private final String text;
  private final Thread thread;

  private ListenerOffer(ServerSocketChannel server, int descriptor, String text) {
    this.server = server;
    this.descriptor = descriptor;
    this.text = text;
    this.thread = Thread.ofPlatform().daemon().name("listener-offer").unstarted(this::run);
  }

  /**
   * @param config that the socket was bound for
   * @throws IOException where the socket can't be handed on
   */
  public static ListenerOffer open(Home home, ServerSocketChannel listener, GyreConfig.Api config)
      throws IOException {
    int descriptor = Descriptors.of(listener);
    Path path = path(home);
    // That of a process which is gone: there is one API at a time.
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path), 4);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    ListenerOffer offer = new ListenerOffer(server, descriptor, text(config));
    offer.thread.start();
    return offer;
  }

  private void run() {
    while (server.isOpen()) {
      try (SocketChannel socket = server.accept()) {
        Descriptors.send(socket, descriptor, text);
        log.info("handed the listening socket to a supervisor");
      } catch (IOException e) {
        if (server.isOpen()) {
          log.warn("the listening socket was not handed over: {}", e.toString());
        }
      }
    }
  }

  /**
   * @param descriptor of this process
   * @param address and
   * @param port that it was bound for; port 0 if any would do
   */
  public record Offered(int descriptor, String address, int port) {}

  /**
   * Asks a running API for its listening socket.
   *
   * @throws IOException where none runs that would hand it over
   */
  public static Offered fetch(Home home) throws IOException {
    try (SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(path(home)))) {
      Descriptors.Received received = Descriptors.receive(socket);
      String[] words = received.text().split(" ", 2);
      return new Offered(received.descriptor(), words[1], Integer.parseInt(words[0]));
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IOException("the API said something else than where it listens", e);
    }
  }

  private static String text(GyreConfig.Api config) {
    return config.port() + " " + config.address();
  }

  private static Path path(Home home) {
    return home.sockets().resolve("api-listener.sock");
  }

  /** Once it returns nobody is handed the socket any more, which may be closed then. */
  @Override
  public void close() {
    try {
      server.close();
      // A thread that waits for a connection may get one more until the kernel has called it back.
      thread.join(1_000);
    } catch (IOException e) {
      log.debug("not closed: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
