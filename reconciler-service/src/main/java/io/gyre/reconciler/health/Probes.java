package io.gyre.reconciler.health;

import io.gyre.model.BoundPort;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceRecord;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;

/** Carries out a single probe on the calling thread, within the check's timeout. Thread-safe. */
final class Probes {
  private final ExecProbe exec;

  Probes(ExecProbe exec) {
    this.exec = exec;
  }

  ProbeResult probe(HealthCheck check, InstanceRecord instance) {
    int timeout = (int) Math.min(Integer.MAX_VALUE, Math.max(1, check.timeout().toMillis()));
    return switch (check.probe()) {
      case HealthCheck.Probe.Tcp tcp -> tcp(instance, tcp.port(), timeout);
      case HealthCheck.Probe.Http http -> http(instance, http.url(), timeout);
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

  private static ProbeResult http(InstanceRecord instance, String text, int timeoutMs) {
    try {
      URL url = target(instance, new URI(text));
      HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(timeoutMs);
      connection.setReadTimeout(timeoutMs);
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setRequestProperty("User-Agent", "gyre-probe");
      connection.setRequestProperty("Connection", "close");
      try {
        int code = connection.getResponseCode();
        return new ProbeResult(code >= 200 && code < 300, "GET " + url + " answered " + code);
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return new ProbeResult(false, "GET " + text + ": " + e.getMessage());
    } catch (URISyntaxException | IllegalArgumentException e) {
      return new ProbeResult(false, "not a URL: " + text);
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
