package io.gyre.api.webhook;

import io.gyre.component.Cidr;
import io.gyre.model.GyreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One HTTP request on a connection of its own. The address that was checked is the one that is
 * connected to, whatever the name means a moment later; neither proxies nor redirects are followed.
 * Ends with its time-out, whatever the other side does.
 */
final class Post {
  private static final int MOST_ANSWER = 64 << 10;
  private static final String UNTRUSTED =
      "its certificate is of an authority that isn't trusted; api.webhook_ca can name it";

  /**
   * @param status 0: there was none
   * @param error empty where it was taken
   */
  record Outcome(int status, String error) {
    boolean taken() {
      return error.isEmpty();
    }

    static Outcome failed(String error) {
      return new Outcome(0, error);
    }

    static Outcome of(int status) {
      return new Outcome(status, status / 100 == 2 ? "" : "it answered " + status);
    }
  }

  private final URI url;
  private final Trust trust;
  private final long end;
  private final Duration limit;

  private Post(URI url, Trust trust, Duration limit) {
    this.url = url;
    this.trust = trust;
    this.limit = limit;
    this.end = System.nanoTime() + limit.toNanos();
  }

  /**
   * @param headers besides those that every request has
   * @throws InterruptedException when it isn't known whether it was taken
   */
  static Outcome send(
      URI url,
      Map<String, String> headers,
      byte[] body,
      List<Cidr> allowed,
      Trust trust,
      Duration limit)
      throws InterruptedException {
    return new Post(url, trust, limit).send(headers, body, allowed);
  }

  private Outcome send(Map<String, String> headers, byte[] body, List<Cidr> allowed)
      throws InterruptedException {
    List<InetAddress> addresses = new ArrayList<>();
    String refusal = "";
    try {
      for (InetAddress address : resolve()) {
        String why = Targets.refusal(address, allowed).orElse("");
        if (why.isEmpty()) {
          addresses.add(address);
        } else {
          refusal = why;
        }
      }
    } catch (UnknownHostException e) {
      return Outcome.failed("there is no host " + url.getHost());
    } catch (TimeoutException e) {
      return Outcome.failed("the address of " + url.getHost() + " was not found in time");
    }
    Outcome outcome =
        Outcome.failed(
            url.getHost()
                + " is "
                + refusal
                + ", which webhooks may not call; api.webhook_allow can allow it");
    for (InetAddress address : addresses) {
      try (Socket socket = new Socket(Proxy.NO_PROXY)) {
        if (!connect(socket, address)) {
          outcome = Outcome.failed("nobody listens there");
          continue;
        }
        return exchange(socket, request(headers, body));
      } catch (IOException e) {
        outcome = Outcome.failed("it could not be called");
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return outcome;
  }

  /** On a thread that may hang: look-ups can't be cut short. */
  private InetAddress[] resolve()
      throws UnknownHostException, TimeoutException, InterruptedException {
    String host = host();
    FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> InetAddress.getAllByName(host));
    Thread.ofPlatform().daemon().name("webhook lookup").start(lookup);
    try {
      return lookup.get(left(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      UnknownHostException unknown = new UnknownHostException(host);
      unknown.initCause(e);
      throw unknown;
    }
  }

  private boolean connect(Socket socket, InetAddress address) throws InterruptedException {
    try {
      socket.connect(new InetSocketAddress(address, port()), left());
      return true;
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return false;
    }
  }

  private Outcome exchange(Socket socket, byte[] request) throws InterruptedException {
    AtomicBoolean late = new AtomicBoolean();
    Thread watch =
        Thread.startVirtualThread(
            () -> {
              try {
                Thread.sleep(left());
                late.set(true);
                socket.close();
              } catch (InterruptedException | IOException e) {
                // It is over.
              }
            });
    try {
      Socket talk = tls() ? secure(socket) : socket;
      OutputStream out = talk.getOutputStream();
      out.write(request);
      out.flush();
      return Outcome.of(status(new BufferedInputStream(talk.getInputStream())));
    } catch (IOException e) {
      if (late.get()) {
        return Outcome.failed("it did not answer within " + limit.toSeconds() + " s");
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return Outcome.failed(
          e instanceof SSLException failed
              ? "TLS failed: " + refusal(failed)
              : "the connection broke before it answered");
    } catch (GyreException e) {
      return Outcome.failed(String.valueOf(e.getMessage()));
    } finally {
      watch.interrupt();
    }
  }

  /** What is amiss; the words of the JDK where it is something else than usual. */
  private String refusal(SSLException failed) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      causes.addFirst(cause);
    }
    for (Throwable cause : causes) {
      switch (cause) {
        case CertificateExpiredException _ -> {
          return "its certificate has ended";
        }
        case CertificateNotYetValidException _ -> {
          return "its certificate isn't valid yet";
        }
        case CertPathBuilderException _ -> {
          return UNTRUSTED;
        }
        case CertPathValidatorException _ -> {
          // Of one that has the name of one that is trusted.
          return UNTRUSTED;
        }
        case CertificateException _ -> {
          return "its certificate is not for " + url.getHost() + ": " + cause.getMessage();
        }
        default -> {
          // It says less than those around it.
        }
      }
    }
    return String.valueOf(failed.getMessage());
  }

  private SSLSocket secure(Socket socket) throws IOException {
    SSLSocketFactory factory = trust.sockets();
    // The name goes into SNI, and is what the certificate must be for.
    SSLSocket secured = (SSLSocket) factory.createSocket(socket, host(), port(), true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }

  private byte[] request(Map<String, String> headers, byte[] body) {
    String path = url.getRawPath();
    String query = url.getRawQuery();
    StringBuilder head = new StringBuilder("POST ");
    head.append(path == null || path.isEmpty() ? "/" : path);
    head.append(query == null ? "" : "?" + query).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(url.getHost());
    head.append(url.getPort() < 0 ? "" : ":" + url.getPort()).append("\r\n");
    head.append("User-Agent: gyre\r\nConnection: close\r\nContent-Type: application/json\r\n");
    head.append("Content-Length: ").append(body.length).append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[start.length + body.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }

  /** Of the final answer; the rest of it is read, so that the other side isn't cut off, or left. */
  private static int status(InputStream in) throws IOException {
    int[] budget = {MOST_ANSWER};
    while (true) {
      String line = line(in, budget);
      if (!line.matches("HTTP/1\\.\\d [1-5]\\d\\d( .*)?")) {
        throw new IOException("no answer of HTTP");
      }
      int status = Integer.parseInt(line.substring(9, 12));
      long length = 0;
      try {
        for (String header = line(in, budget); !header.isEmpty(); header = line(in, budget)) {
          String low = header.toLowerCase(Locale.ROOT);
          if (low.matches("content-length: *\\d{1,9} *")) {
            length = Long.parseLong(low.substring(low.indexOf(':') + 1).strip());
          }
        }
        if (status >= 200) {
          in.skipNBytes(Math.min(length, budget[0]));
        }
      } catch (IOException e) {
        // What it says after its status changes nothing.
      }
      if (status >= 200) {
        return status;
      }
    }
  }

  private static String line(InputStream in, int[] budget) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || --budget[0] < 0) {
        throw new IOException("the answer ends early, or never");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private boolean tls() {
    return "https".equalsIgnoreCase(url.getScheme());
  }

  private String host() {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private int port() {
    return url.getPort() >= 0 ? url.getPort() : tls() ? 443 : 80;
  }

  /** Milliseconds, at least one. */
  private int left() {
    return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
  }
}
