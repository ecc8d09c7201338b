package io.gyre.reconciler.health;

import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * One request on a connection of its own, as HTTP/1.1 has it, of which no more is read than the
 * status and, where that isn't what was expected, the beginning of the body.
 */
final class HttpProbe {
  private static final int KEPT_ANSWER = 200;
  private static final int LONGEST_HEAD = 16 * 1024;

  private HttpProbe() {}

  /** Where a request goes. */
  private record Target(boolean secure, String host, int port, String named, String path) {
    String url() {
      return (secure ? "https://" : "http://") + host + ":" + port + path;
    }
  }

  static ProbeResult run(InstanceRecord instance, HealthCheck.Probe.Http probe, int timeoutMs) {
    Target target;
    try {
      target = target(instance, new URI(probe.url()));
    } catch (URISyntaxException e) {
      return ProbeResult.failed("not a URL: " + probe.url());
    }
    String asked = probe.method() + " " + target.url();
    Deadline deadline = new Deadline(timeoutMs);
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(Addresses.resolve(target.host(), target.port(), deadline), deadline.leftMs());
      try (Socket used =
          target.secure() ? AnyCertificate.over(socket, target.host(), deadline) : socket) {
        used.getOutputStream().write(request(probe, target));
        return read(used, probe, asked, deadline);
      }
    } catch (SocketTimeoutException e) {
      return ProbeResult.failed(asked + ": no answer within " + timeoutMs + " ms");
    } catch (IOException e) {
      return ProbeResult.failed(asked + ": " + e.getMessage());
    }
  }

  private static byte[] request(HealthCheck.Probe.Http probe, Target target) {
    StringBuilder text = new StringBuilder(160);
    text.append(probe.method()).append(' ').append(target.path()).append(" HTTP/1.1\r\n");
    boolean named = false;
    for (Map.Entry<String, String> header : probe.headers().entrySet()) {
      named |= header.getKey().equalsIgnoreCase("Host");
      text.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    if (!named) {
      text.append("Host: ").append(target.named()).append("\r\n");
    }
    for (String each : new String[] {"User-Agent: gyre-probe", "Accept: */*"}) {
      String name = each.substring(0, each.indexOf(':'));
      if (probe.headers().keySet().stream().noneMatch(name::equalsIgnoreCase)) {
        text.append(each).append("\r\n");
      }
    }
    if (probe.method().equals("POST") || probe.method().equals("PUT")) {
      text.append("Content-Length: 0\r\n");
    }
    text.append("Connection: close\r\n\r\n");
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ProbeResult read(
      Socket socket, HealthCheck.Probe.Http probe, String asked, Deadline deadline)
      throws IOException {
    Answer answer = new Answer(socket, deadline);
    int status = answer.status();
    String said = asked + " answered " + status;
    if (probe.expects(status)) {
      return ProbeResult.passed(said);
    }
    String body = probe.method().equals("HEAD") ? "" : answer.beginning();
    return ProbeResult.failed(body.isEmpty() ? said : said + ": " + body);
  }

  /** What has come so far. */
  private static final class Answer {
    private final Socket socket;
    private final InputStream in;
    private final Deadline deadline;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    private final byte[] buffer = new byte[2048];

    Answer(Socket socket, Deadline deadline) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
      this.deadline = deadline;
    }

    private boolean more() throws IOException {
      socket.setSoTimeout(deadline.leftMs());
      int count = in.read(buffer);
      if (count > 0) {
        bytes.write(buffer, 0, count);
      }
      return count > 0;
    }

    private String text() {
      return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** Of the first answer that isn't an interim one. */
    int status() throws IOException {
      while (true) {
        String line = line();
        int status = statusOf(line);
        if (status >= 200 || status == 101) {
          return status;
        }
        dropHead();
      }
    }

    private static int statusOf(String line) throws IOException {
      String[] words = line.split(" ", 3);
      if (words.length >= 2 && words[0].startsWith("HTTP/") && words[1].length() == 3) {
        try {
          return Integer.parseInt(words[1]);
        } catch (NumberFormatException e) {
          // Said below.
        }
      }
      throw new IOException(
          "what it answered isn't HTTP: " + printable(line, Math.min(60, line.length())));
    }

    private String line() throws IOException {
      while (true) {
        String text = text();
        int end = text.indexOf('\n');
        if (end >= 0) {
          return text.substring(0, end).strip();
        }
        if (bytes.size() > LONGEST_HEAD || !more()) {
          if (text.isEmpty()) {
            throw new IOException("it closed the connection without an answer");
          }
          return text.strip();
        }
      }
    }

    private int headEnd() throws IOException {
      while (true) {
        String text = text();
        int end = text.indexOf("\r\n\r\n");
        int bare = text.indexOf("\n\n");
        if (end >= 0) {
          return end + 4;
        }
        if (bare >= 0) {
          return bare + 2;
        }
        if (bytes.size() > LONGEST_HEAD || !more()) {
          return -1;
        }
      }
    }

    private void dropHead() throws IOException {
      int end = headEnd();
      if (end < 0) {
        throw new IOException("its answer ended too early");
      }
      byte[] rest = bytes.toByteArray();
      bytes.reset();
      bytes.write(rest, end, rest.length - end);
    }

    /** The first bytes of the body, for the user, as far as they come in time. */
    String beginning() {
      try {
        int end = headEnd();
        if (end < 0) {
          return "";
        }
        String head = text().substring(0, end).toLowerCase(Locale.ROOT);
        boolean chunked = head.contains("transfer-encoding: chunked");
        int from = end;
        if (chunked) {
          while (text().indexOf("\r\n", end) < 0 && more()) {
            // Until the size of the first chunk is there.
          }
          int sized = text().indexOf("\r\n", end);
          from = sized < 0 ? bytes.size() : sized + 2;
        }
        try {
          while (bytes.size() - from < KEPT_ANSWER && more()) {
            // Until there is enough.
          }
        } catch (IOException e) {
          // What has come is something.
        }
        byte[] all = bytes.toByteArray();
        int to = Math.min(all.length, from + KEPT_ANSWER);
        String text = new String(all, from, to - from, StandardCharsets.UTF_8);
        int chunkEnd = chunked ? text.indexOf("\r\n") : -1;
        return printable(text, chunkEnd < 0 ? text.length() : chunkEnd);
      } catch (IOException e) {
        return "";
      }
    }

    private static String printable(String text, int length) {
      return text.substring(0, length).replaceAll("\\p{Cntrl}+", " ").strip();
    }
  }

  /** {@code localhost} is the instance; a missing port is the instance's own. */
  private static Target target(InstanceRecord instance, URI uri) {
    boolean own = "localhost".equals(uri.getHost());
    boolean secure = "https".equals(uri.getScheme());
    String host = own ? Addresses.of(instance) : uri.getHost();
    int port = uri.getPort();
    if (port < 0) {
      int given = own ? Addresses.ownPort(instance) : 0;
      port = given != 0 ? given : secure ? 443 : 80;
    }
    boolean usual = port == (secure ? 443 : 80);
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return new Target(
        secure,
        host,
        port,
        usual ? host : host + ":" + port,
        uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
  }

  /** The time that a probe has in all. */
  static final class Deadline {
    private final long endNanos;

    Deadline(int timeoutMs) {
      endNanos = System.nanoTime() + timeoutMs * 1_000_000L;
    }

    int leftMs() throws SocketTimeoutException {
      long left = (endNanos - System.nanoTime() + 999_999) / 1_000_000;
      if (left <= 0) {
        throw new SocketTimeoutException("out of time");
      }
      return (int) Math.min(Integer.MAX_VALUE, left);
    }
  }
}
