package io.gyre.api.http;

import io.gyre.api.tls.TlsDoor;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that the API serves, by the way that clients go: it connects to its own socket and asks
 * for its health, through selector, threads and resources. While clients hold all the places that
 * there are, nobody is accepted; then it brings its connection in past them.
 */
final class SelfRequest {
  private static final Logger log = LoggerFactory.getLogger(SelfRequest.class);
  private static final int LIMIT_MS = 30_000;

  /** Less than a turn of the watchdog, so that the way past others is still gone in that turn. */
  private static final int FIRST_LIMIT_MS = 2_000;

  private static final int FOREIGN_MOST = 100;
  private static final byte[] REQUEST =
      "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ANSWER = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);

  private final InetSocketAddress address;
  private final Connections connections;
  private final OwnEnds own;
  private final @Nullable TlsDoor tls;

  /**
   * @param tls null: without
   */
  SelfRequest(
      InetSocketAddress listening, Connections connections, OwnEnds own, @Nullable TlsDoor tls) {
    this.connections = connections;
    this.own = own;
    this.tls = tls;
    this.address =
        listening.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getPort())
            : listening;
  }

  /** Doesn't block. */
  void send(Runnable answered) {
    Thread _ = Thread.ofVirtual().name("self-request").start(() -> ask(answered));
  }

  private void ask(Runnable answered) {
    try {
      byte[] head = answer();
      if (Arrays.equals(head, ANSWER)) {
        answered.run();
      } else {
        log.warn("the API answers itself with {}", new String(head, StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      log.warn("the API does not answer itself at {}: {}", address, e.toString());
    }
  }

  private byte[] answer() throws IOException {
    long began = System.nanoTime();
    if (connections.fullSince(began)) {
      return past();
    }
    try {
      return straight(FIRST_LIMIT_MS);
    } catch (IOException e) {
      // The last places may have been taken meanwhile: then it waits, or is cut off.
      if (connections.fullSince(began)) {
        return past();
      }
      if (e instanceof SocketTimeoutException) {
        return straight(LIMIT_MS);
      }
      throw e;
    }
  }

  private byte[] straight(int limitMs) throws IOException {
    try (OwnEnds.Connected connected = own.connect(address, limitMs)) {
      return ask(connected.socket());
    }
  }

  /** By a socket of its own, which is accepted here. */
  private byte[] past() throws IOException {
    try (ServerSocketChannel gate = ServerSocketChannel.open()) {
      gate.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress there = (InetSocketAddress) gate.getLocalAddress();
      try (OwnEnds.Connected connected = own.connect(there, LIMIT_MS)) {
        connections.admit(accept(gate));
        return ask(connected.socket());
      }
    }
  }

  private SocketChannel accept(ServerSocketChannel gate) throws IOException {
    for (int foreign = 0; foreign < FOREIGN_MOST; foreign++) {
      SocketChannel channel = gate.accept();
      if (own.has(channel.getRemoteAddress())) {
        return channel;
      }
      channel.close();
    }
    throw new IOException("others connect all the time");
  }

  private byte[] ask(Socket plain) throws IOException {
    Socket socket = tls == null ? plain : tls.secure(plain);
    socket.getOutputStream().write(REQUEST);
    byte[] head = socket.getInputStream().readNBytes(ANSWER.length);
    if (head.length < ANSWER.length) {
      throw new EOFException("the connection ended");
    }
    return head;
  }
}
