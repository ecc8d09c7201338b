package io.gyre.systemd;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that ask the API all the time and never try anything twice: half of them on a new
 * connection for each request, half on one connection until the API closes it in order. Pure
 * sockets, so that no library hides what happens. A kept connection is looked at before it is used
 * again, as every HTTP client does: on a busy machine a client may sleep for longer than the API
 * waits for it.
 */
final class Load implements AutoCloseable {
  private static final int CLIENTS = 8;
  private static final long PAUSE_NANOS = 25_000_000;

  final AtomicInteger answered = new AtomicInteger();
  final Queue<String> refused = new ConcurrentLinkedQueue<>();
  final Queue<String> failed = new ConcurrentLinkedQueue<>();
  private final CountDownLatch running = new CountDownLatch(CLIENTS);
  private final String token;
  private volatile boolean over;

  private Load(String token) {
    this.token = token;
  }

  static Load start(Machine machine, String token) {
    Load load = new Load(token);
    for (int i = 0; i < CLIENTS; i++) {
      boolean keeps = i % 2 == 1;
      boolean writes = i < 2;
      Thread _ =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      Object _ = machine.inNetwork(() -> load.client(keeps, writes));
                    } catch (Exception e) {
                      load.failed.add(e.toString());
                    } finally {
                      load.running.countDown();
                    }
                  });
    }
    return load;
  }

  private boolean client(boolean keeps, boolean writes) {
    while (!over) {
      try (Socket socket = new Socket()) {
        connect(socket);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        boolean again;
        do {
          again = !exchange(socket, in, keeps, writes) && keeps && !over;
          answered.incrementAndGet();
          LockSupport.parkNanos(PAUSE_NANOS);
        } while (again && !closed(socket, in));
      } catch (ConnectException e) {
        refused.add(e.toString());
      } catch (IOException | RuntimeException e) {
        failed.add((keeps ? "kept connection: " : "new connection: ") + e);
      }
    }
    return true;
  }

  private static void connect(Socket socket) throws IOException {
    socket.setSoTimeout(30_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7070), 30_000);
  }

  private static boolean closed(Socket socket, InputStream in) throws IOException {
    socket.setSoTimeout(1);
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } finally {
      socket.setSoTimeout(30_000);
    }
  }

  /** Returns whether the API closes the connection. */
  private boolean exchange(Socket socket, InputStream in, boolean keeps, boolean writes)
      throws IOException {
    String request =
        (writes ? "POST /v1/apply?dry_run=true" : "GET /v1/deployments?limit=5")
            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + token
            + (keeps ? "" : "\r\nConnection: close")
            + (writes ? "\r\nContent-Type: application/yaml\r\nContent-Length: 15" : "")
            + "\r\n\r\n"
            + (writes ? "deployments: {}" : "");
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String status = line(in);
    boolean close = false;
    int length = 0;
    boolean chunked = false;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      close |= header.equalsIgnoreCase("Connection: close");
      chunked |= header.equalsIgnoreCase("Transfer-Encoding: chunked");
      if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
        length = Integer.parseInt(header.substring(15).strip());
      }
    }
    if (chunked) {
      for (int chunk = chunk(in); chunk > 0; chunk = chunk(in)) {
        skip(in, chunk + 2);
      }
      String _ = line(in);
    } else {
      skip(in, length);
    }
    if (!status.startsWith("HTTP/1.1 200 ")) {
      throw new IOException("answered " + status);
    }
    return close;
  }

  private static int chunk(InputStream in) throws IOException {
    return Integer.parseInt(line(in), 16);
  }

  private static void skip(InputStream in, int length) throws IOException {
    if (in.readNBytes(length).length != length) {
      throw new IOException("the connection ended within an answer");
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended within an answer: \"" + line + "\"");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    finish();
  }

  /** Returns when every request that was begun has ended. */
  void finish() {
    over = true;
    try {
      running.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
