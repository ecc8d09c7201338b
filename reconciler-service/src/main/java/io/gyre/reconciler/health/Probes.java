package io.gyre.reconciler.health;

import io.gyre.model.BoundPort;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceRecord;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.HttpsURLConnection;

/** Carries out a single probe on the calling thread, within the check's timeout. Thread-safe. */
final class Probes {
  private static final int KEPT_ANSWER = 200;

  static {
    // A check may name the Host that it asks for.
    System.setProperty("sun.net.http.allowRestrictedHeaders", "true");
  }

  private final ExecProbe exec;

  Probes(ExecProbe exec) {
    this.exec = exec;
  }

  ProbeResult probe(HealthCheck check, InstanceRecord instance) {
    int timeout = (int) Math.min(Integer.MAX_VALUE, Math.max(1, check.timeout().toMillis()));
    return switch (check.probe()) {
      case HealthCheck.Probe.Tcp tcp -> tcp(instance, tcp.port(), timeout);
      case HealthCheck.Probe.Http http -> http(instance, http, timeout);
      case HealthCheck.Probe.Command command -> exec.run(instance.id(), command.command(), timeout);
    };
  }

  private static ProbeResult tcp(InstanceRecord instance, int port, int timeoutMs) {
    String host = host(instance);
    int target = port == 0 ? ownPort(instance) : port;
    if (target == 0) {
      return new ProbeResult(false, "the instance has no port of its own; name one in the check");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, target), timeoutMs);
      return new ProbeResult(true, "connected to " + host + ":" + target);
    } catch (IOException e) {
      return new ProbeResult(false, "connect to " + host + ":" + target + ": " + e.getMessage());
    }
  }

  private static ProbeResult http(
      InstanceRecord instance, HealthCheck.Probe.Http probe, int timeoutMs) {
    String method = probe.method();
    try {
      URL url = target(instance, new URI(probe.url()));
      HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
      if (connection instanceof HttpsURLConnection secure) {
        AnyCertificate.accept(secure);
      }
      connection.setRequestMethod(method);
      connection.setConnectTimeout(timeoutMs);
      connection.setReadTimeout(timeoutMs);
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setRequestProperty("User-Agent", "gyre-probe");
      connection.setRequestProperty("Connection", "close");
      probe.headers().forEach(connection::setRequestProperty);
      if (method.equals("POST") || method.equals("PUT")) {
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(0);
      }
      try {
        int code = connection.getResponseCode();
        String answer = method + " " + url + " answered " + code;
        return probe.expects(code)
            ? new ProbeResult(true, answer)
            : new ProbeResult(false, answer + said(connection));
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return new ProbeResult(false, method + " " + probe.url() + ": " + e.getMessage());
    } catch (URISyntaxException | IllegalArgumentException e) {
      return new ProbeResult(false, "not a URL: " + probe.url());
    }
  }

  /** The first bytes of an answer, for the user. */
  private static String said(HttpURLConnection connection) {
    try {
      InputStream body = connection.getErrorStream();
      if (body == null) {
        body = connection.getInputStream();
      }
      String text =
          new String(body.readNBytes(KEPT_ANSWER), StandardCharsets.UTF_8)
              .replaceAll("\\p{Cntrl}+", " ")
              .strip();
      return text.isEmpty() ? "" : ": " + text;
    } catch (IOException e) {
      return "";
    }
  }

  /** {@code localhost} is the instance; a missing port is the instance's own. */
  static URL target(InstanceRecord instance, URI uri) throws IOException, URISyntaxException {
    String host = "localhost".equals(uri.getHost()) ? host(instance) : uri.getHost();
    int port = uri.getPort();
    if (port < 0 && "localhost".equals(uri.getHost()) && ownPort(instance) != 0) {
      port = ownPort(instance);
    }
    String path = uri.getPath() == null || uri.getPath().isEmpty() ? "/" : uri.getPath();
    return new URI(uri.getScheme(), null, host, port, path, uri.getQuery(), null).toURL();
  }

  private static String host(InstanceRecord instance) {
    return instance.address() == null || instance.address().isEmpty()
        ? "127.0.0.1"
        : instance.address();
  }

  private static int ownPort(InstanceRecord instance) {
    for (BoundPort port : instance.ports()) {
      if (port.name().equals("PORT")) {
        return port.port();
      }
    }
    return 0;
  }
}
