package io.gyre.runtime.docker;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to the engine over the JDK's own sockets, one connection per exchange: nothing goes stale
 * when the engine restarts, nothing is open while idle, and there are no threads.
 *
 * <p>docker-java's own transports are not used because over a Unix socket they honour no response
 * timeout, can't close just the input of an exec, and start threads of their own.
 */
final class EngineHttp implements DockerHttpClient {
  private final EngineAddress address;
  private final ScheduledExecutorService timer;
  private final @Nullable Duration timeout;
  private final Set<EngineConnection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param timeout for an exchange up to the end of its answer; null: none
   */
  EngineHttp(EngineAddress address, ScheduledExecutorService timer, @Nullable Duration timeout) {
    this.address = address;
    this.timer = timer;
    this.timeout = timeout;
  }

  @Override
  public EngineResponse execute(Request request) {
    if ((request.bodyBytes() == null && request.body() != null)
        || request.hijackedInput() != null) {
      throw new UnsupportedOperationException("streamed request bodies");
    }
    try {
      return exchange(
          request.method(), request.path(), request.headers(), request.bodyBytes(), timeout);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends the request and reads the head of the answer, whatever its status. */
  EngineResponse exchange(
      String method,
      String path,
      Map<String, String> headers,
      byte @Nullable [] body,
      @Nullable Duration deadline)
      throws IOException {
    AtomicReference<@Nullable EngineConnection> self = new AtomicReference<>();
    AtomicReference<@Nullable Future<?>> alarm = new AtomicReference<>();
    EngineConnection connection =
        EngineConnection.unconnected(address, () -> forget(self.get(), alarm.get()));
    self.set(connection);
    open.add(connection);
    boolean done = false;
    try {
      if (closed) {
        throw new IOException("closed");
      }
      if (deadline != null) {
        alarm.set(timer.schedule(connection::timeOut, deadline.toMillis(), TimeUnit.MILLISECONDS));
      }
      connection.connect(address);
      byte[] head = head(method, path, headers, body);
      connection.write(head, 0, head.length);
      if (body != null) {
        connection.write(body, 0, body.length);
      }
      EngineResponse response = EngineResponse.receive(connection);
      done = true;
      return response;
    } catch (RejectedExecutionException e) {
      throw new IOException("closed", e);
    } finally {
      if (!done) {
        connection.close();
        // It may have been closed before there was an alarm to cancel.
        forget(connection, alarm.get());
      }
    }
  }

  private void forget(@Nullable EngineConnection connection, @Nullable Future<?> alarm) {
    if (connection != null) {
      open.remove(connection);
    }
    if (alarm != null) {
      alarm.cancel(false);
    }
  }

  private static byte[] head(
      String method, String path, Map<String, String> headers, byte @Nullable [] body) {
    StringBuilder head = new StringBuilder(256);
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: docker\r\n");
    if (!headers.containsKey("Connection")) {
      head.append("Connection: close\r\n");
    }
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (body != null || method.equals("POST")) {
      head.append("Content-Length: ").append(body == null ? 0 : body.length).append("\r\n");
    }
    return EngineConnection.ascii(head.append("\r\n").toString());
  }

  /** Fails every exchange that goes on; new ones are fine. */
  void breakOff() {
    open.forEach(EngineConnection::close);
  }

  @Override
  public void close() {
    closed = true;
    breakOff();
  }
}
