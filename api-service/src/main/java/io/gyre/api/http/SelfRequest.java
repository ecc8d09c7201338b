package io.gyre.api.http;

import io.gyre.api.tls.OwnConnection;
import io.gyre.api.tls.TlsDoor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that the API serves, by the way that clients go: it connects to its own socket and asks
 * for its health, through selector, threads and resources.
 */
public final class SelfRequest {
  private static final Logger log = LoggerFactory.getLogger(SelfRequest.class);
  private static final int LIMIT_MS = 30_000;
  private static final byte[] REQUEST =
      "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ANSWER = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);

  private final InetSocketAddress address;
  private final @Nullable TlsDoor tls;

  /**
   * @param tls null: without
   */
  public SelfRequest(InetSocketAddress listening, @Nullable TlsDoor tls) {
    this.tls = tls;
    this.address =
        listening.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getPort())
            : listening;
  }

  /** Doesn't block. */
  public void send(Runnable answered) {
    Thread _ = Thread.ofVirtual().name("self-request").start(() -> ask(answered));
  }

  private void ask(Runnable answered) {
    try {
      byte[] head = tls == null ? plain() : secured(tls);
      if (Arrays.equals(head, ANSWER)) {
        answered.run();
      } else {
        log.warn("the API answers itself with {}", new String(head, StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      log.warn("the API does not answer itself at {}: {}", address, e.toString());
    }
  }

  private byte[] plain() throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(LIMIT_MS);
      socket.connect(address, LIMIT_MS);
      return ask(socket);
    }
  }

  private byte[] secured(TlsDoor door) throws IOException {
    try (OwnConnection connection = door.connectItself(address, LIMIT_MS)) {
      return ask(connection.socket());
    }
  }

  private static byte[] ask(Socket socket) throws IOException {
    socket.getOutputStream().write(REQUEST);
    return socket.getInputStream().readNBytes(ANSWER.length);
  }
}
