package io.gyre.cli;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request of HTTP/1.1 over a Unix-domain socket, which the JDK's clients can't do. The
 * connection ends with the answer. A silent server isn't given up: it is on this host.
 */
final class UnixConnection extends HttpURLConnection {
  private static final int MAX_LINE = 16 << 10;

  private final Path socket;
  private final String target;
  private final Map<String, String> sent = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Map<String, String> received = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private @Nullable InputStream answer;
  private int status;

  UnixConnection(Path socket, String target) throws IOException {
    super(URI.create("http://localhost/").toURL());
    this.socket = socket;
    this.target = target;
  }

  @Override
  public void setRequestProperty(String name, String value) {
    sent.put(name, value);
  }

  @Override
  public OutputStream getOutputStream() {
    return body;
  }

  @Override
  public void connect() throws IOException {
    if (answer != null) {
      return;
    }
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      StringBuilder head = new StringBuilder();
      head.append(getRequestMethod()).append(' ').append(target).append(" HTTP/1.1\r\n");
      head.append("Host: localhost\r\nConnection: close\r\n");
      if (doOutput) {
        head.append("Content-Length: ").append(body.size()).append("\r\n");
      } else if (!getRequestMethod().equals("GET")) {
        head.append("Content-Length: 0\r\n");
      }
      sent.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
      OutputStream out = Channels.newOutputStream(channel);
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      out.write(body.toByteArray());
      InputStream in = new java.io.BufferedInputStream(Channels.newInputStream(channel));
      readHead(in);
      answer = body(in);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void readHead(InputStream in) throws IOException {
    do {
      received.clear();
      String[] line = line(in).split(" ", 3);
      if (line.length < 2 || !line[0].startsWith("HTTP/1.") || !line[1].matches("\\d{3}")) {
        throw new IOException("what answers isn't HTTP");
      }
      status = Integer.parseInt(line[1]);
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        int colon = header.indexOf(':');
        if (colon > 0) {
          received.put(header.substring(0, colon), header.substring(colon + 1).strip());
        }
      }
    } while (status == 100);
  }

  private InputStream body(InputStream in) {
    if ("chunked".equalsIgnoreCase(received.get("Transfer-Encoding"))) {
      return new Chunks(in);
    }
    String length = received.get("Content-Length");
    long bytes = length == null ? (status == 204 ? 0 : Long.MAX_VALUE) : Long.parseLong(length);
    return new Counted(in, bytes, length != null);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed");
      }
      if (line.length() > MAX_LINE) {
        throw new IOException("what answers isn't HTTP");
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  /** So many bytes, or all up to the end. */
  private static final class Counted extends FilterInputStream {
    private final boolean exact;
    private long left;

    Counted(InputStream in, long left, boolean exact) {
      super(in);
      this.left = left;
      this.exact = exact;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read = in.read(bytes, from, (int) Math.min(length, left));
      if (read < 0 && exact) {
        throw new EOFException("the answer breaks off");
      }
      left -= Math.max(read, 0);
      return read;
    }
  }

  private static final class Chunks extends FilterInputStream {
    private long left;
    private boolean first = true;
    private boolean ended;

    Chunks(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (left == 0 && !ended) {
        next();
      }
      if (ended) {
        return -1;
      }
      int read = in.read(bytes, from, (int) Math.min(length, left));
      if (read < 0) {
        throw new EOFException("the answer breaks off");
      }
      left -= read;
      return read;
    }

    private void next() throws IOException {
      if (!first) {
        String _ = line(in);
      }
      first = false;
      String size = line(in);
      int end = size.indexOf(';');
      try {
        left = Long.parseLong(end < 0 ? size : size.substring(0, end), 16);
      } catch (NumberFormatException e) {
        throw new IOException("the answer is malformed", e);
      }
      ended = left == 0;
    }
  }

  @Override
  public int getResponseCode() throws IOException {
    connect();
    return status;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    connect();
    if (status >= 400) {
      throw new IOException("HTTP " + status);
    }
    return java.util.Objects.requireNonNull(answer);
  }

  @Override
  public @Nullable InputStream getErrorStream() {
    return status >= 400 ? answer : null;
  }

  @Override
  public void disconnect() {
    try {
      if (answer != null) {
        answer.close();
      }
    } catch (IOException e) {
      // It is gone all the same.
    }
  }

  @Override
  public boolean usingProxy() {
    return false;
  }
}
