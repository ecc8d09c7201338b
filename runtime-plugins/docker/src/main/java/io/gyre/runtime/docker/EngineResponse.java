package io.gyre.runtime.docker;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The answer to one request; closing it ends the connection. */
final class EngineResponse implements DockerHttpClient.Response {
  private final int status;
  private final Map<String, List<String>> headers;
  private final InputStream body;
  private final EngineConnection connection;

  private EngineResponse(
      int status,
      Map<String, List<String>> headers,
      InputStream body,
      EngineConnection connection) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.connection = connection;
  }

  /** Reads the head; the body is read by whoever asks for it. */
  static EngineResponse receive(EngineConnection connection) throws IOException {
    int status;
    Map<String, List<String>> headers;
    do {
      status = status(connection.line());
      headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      String line = connection.line();
      while (!line.isEmpty()) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          headers.put(line.substring(0, colon), List.of(line.substring(colon + 1).strip()));
        }
        line = connection.line();
      }
    } while (status >= 100 && status < 200 && status != 101);
    return new EngineResponse(status, headers, body(status, headers, connection), connection);
  }

  private static int status(String line) throws IOException {
    String[] parts = line.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("\\d{3}")) {
      throw new IOException("this is no container engine: it answered \"" + line + "\"");
    }
    return Integer.parseInt(parts[1]);
  }

  private static InputStream body(
      int status, Map<String, List<String>> headers, EngineConnection connection)
      throws IOException {
    if (status == 204 || status == 304) {
      return InputStream.nullInputStream();
    }
    String coding = first(headers, "Transfer-Encoding");
    if (coding != null && coding.toLowerCase(Locale.ROOT).endsWith("chunked")) {
      return new ChunkedBody(connection);
    }
    String length = first(headers, "Content-Length");
    if (length == null || status == 101) {
      return new PlainBody(connection, Long.MAX_VALUE);
    }
    try {
      return new PlainBody(connection, Long.parseLong(length));
    } catch (NumberFormatException e) {
      throw new IOException("the engine sent a content length of \"" + length + "\"", e);
    }
  }

  private static @Nullable String first(Map<String, List<String>> headers, String name) {
    List<String> values = headers.get(name);
    return values == null ? null : values.getFirst();
  }

  EngineConnection connection() {
    return connection;
  }

  @Override
  public int getStatusCode() {
    return status;
  }

  @Override
  public Map<String, List<String>> getHeaders() {
    return headers;
  }

  @Override
  public InputStream getBody() {
    return body;
  }

  @Override
  public @Nullable String getHeader(String name) {
    return first(headers, name);
  }

  @Override
  public void close() {
    connection.close();
  }

  private abstract static class Body extends InputStream {
    final EngineConnection connection;

    Body(EngineConnection connection) {
      this.connection = connection;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] into, int offset, int length) throws IOException;

    @Override
    public void close() {
      connection.close();
    }
  }

  private static final class PlainBody extends Body {
    private long left;

    PlainBody(EngineConnection connection, long length) {
      super(connection);
      this.left = length;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      int count = connection.read(bytes, offset, (int) Math.min(length, left));
      if (count > 0) {
        left -= count;
      } else if (left < Long.MAX_VALUE / 2) {
        throw new EOFException("the engine's answer ends early");
      }
      return count;
    }
  }

  private static final class ChunkedBody extends Body {
    private long left;
    private boolean ended;
    private boolean started;

    ChunkedBody(EngineConnection connection) {
      super(connection);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0 && !nextChunk()) {
        return -1;
      }
      int count = connection.read(bytes, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("the engine's answer ends early");
      }
      left -= count;
      return count;
    }

    private boolean nextChunk() throws IOException {
      if (ended) {
        return false;
      }
      if (started) {
        connection.line();
      }
      started = true;
      String size = connection.line().split(";", 2)[0].strip();
      try {
        left = Long.parseLong(size, 16);
      } catch (NumberFormatException e) {
        throw new IOException("the engine sent a chunk of size \"" + size + "\"", e);
      }
      if (left == 0) {
        ended = true;
        connection.line();
      }
      return left > 0;
    }
  }
}
