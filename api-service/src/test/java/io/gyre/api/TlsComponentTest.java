package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.api.Certificates.Signed;
import io.gyre.api.http.Listening;
import io.gyre.component.ApiDoor;
import io.gyre.component.Home;
import io.gyre.component.Readiness;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS on a real socket: certificates that the API made and others, and who shows one of his. */
final class TlsComponentTest {
  private static final String KEPT = "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

  /** As few as there can be. */
  private static final int PLACES = 16;

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

  @TempDir Path root;

  private static ApiDoor door(ApiDoor.Tls tls) {
    ApiDoor usual = ApiDoor.DEFAULT;
    ApiDoor.Limits limits = new ApiDoor.Limits(500, 1000, PLACES, 256);
    return new ApiDoor(usual.hosts(), usual.origins(), limits, usual.audit(), tls);
  }

  private static SSLSocket connect(int port, SSLContext context) throws Exception {
    return over(new Socket(InetAddress.getLoopbackAddress(), port), context);
  }

  private static SSLSocket over(Socket plain, SSLContext context) throws Exception {
    plain.setSoTimeout(20_000);
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** One answer, on a connection that goes on. */
  private static String answer(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("the connection ended within an answer: " + head);
      }
      head.append((char) c);
    }
    Matcher length = LENGTH.matcher(head);
    int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
    return head + new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
  }

  private static String request(
      int port, SSLContext as, String method, String path, @Nullable String token)
      throws Exception {
    return request(port, as, method, path, token, "");
  }

  private static String request(
      int port, SSLContext as, String method, String path, @Nullable String token, String body)
      throws Exception {
    try (SSLSocket socket = connect(port, as)) {
      send(socket, head(method, path, token, body.length(), "Connection: close\r\n") + body);
      return rest(socket);
    }
  }

  private static String head(
      String method, String path, @Nullable String token, int length, String more) {
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\n"
        + (token == null ? "" : "Authorization: Bearer " + token + "\r\n")
        + (length > 0 ? "Content-Length: " + length + "\r\n" : "")
        + (length > 0 && path.startsWith("/v1/apply") ? "Content-Type: application/yaml\r\n" : "")
        + (length > 0 && !path.startsWith("/v1/apply") ? "Content-Type: application/json\r\n" : "")
        + more
        + "\r\n";
  }

  @Test
  void aCertificateIsMade() throws Exception {
    try (Api api = new Api(root, door(new ApiDoor.Tls(true, "", "", "", false, "1.2")))) {
      assertThat(api.address()).startsWith("https://127.0.0.1:");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(api.home.tlsKey())))
          .isEqualTo("rw-------");
      Certificate made;
      try (InputStream in = Files.newInputStream(api.home.tlsCertificate())) {
        made = CertificateFactory.getInstance("X.509").generateCertificate(in);
      }
      assertThat(((X509Certificate) made).getSubjectAlternativeNames().toString())
          .contains("localhost", "127.0.0.1");
      assertThat(request(api.port(), Certificates.client(made, null), "GET", "/v1/health", null))
          .startsWith("HTTP/1.1 200")
          .endsWith("{\"state\":\"up\"}");
      try (Socket plain = api.connect()) {
        plain.setSoTimeout(10_000);
        send(plain, KEPT);
        assertThatThrownBy(() -> assertThat(answer(plain)).startsWith("HTTP/1.1 200"))
            .isInstanceOfAny(IOException.class, AssertionError.class);
      }
    }
  }

  @Test
  void whatCannotServeIsRefusedAtTheStart() throws Exception {
    Path none = Files.writeString(root.resolve("none.pem"), "nothing");
    ApiDoor.Tls bad = new ApiDoor.Tls(false, none.toString(), none.toString(), "", false, "1.2");
    assertThatThrownBy(() -> new Api(root, door(bad)).close())
        .hasMessageContaining("holds no certificate");
  }

  /** What the API that runs uses, on a socket that outlives it. */
  private record PemFiles(Path certificate, Path key, Path clients) {
    ApiDoor door(boolean required, String version) {
      return TlsComponentTest.door(
          new ApiDoor.Tls(
              false,
              certificate.toString(),
              key.toString(),
              clients.toString(),
              required,
              version,
              List.of("uri", "cn")));
    }
  }

  /** Two APIs, one after the other, on one socket: in tests, starts are what takes the time. */
  @Test
  void clientsAreKnownByTheirCertificatesAndDrainedToTheNextApi() throws Exception {
    Certificates servers = new Certificates("servers");
    Certificates clients = new Certificates("clients");
    PemFiles files =
        new PemFiles(
            root.resolve("c.pem"), root.resolve("k.pem"), clients.write(root.resolve("ca.pem")));
    Signed served = servers.issue("CN=localhost");
    served.write(files.certificate(), files.key());
    Signed ann = clients.issue("CN=ann,O=shop");
    Home home = new Home(root.resolve("h"));
    home.create();
    try (ServerSocketChannel socket = ServerSocketChannel.open();
        ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
      int port = socket.socket().getLocalPort();
      ApiServer first =
          Api.launch(
              home, Listening.inherited(socket), files.door(false, "1.3"), Readiness.unwatched());
      try {
        assertThat(first.address()).isEqualTo("https://127.0.0.1:" + port);
        String token = Files.readString(home.adminTokenFile()).strip();
        // Meanwhile, for that takes its time.
        Future<Boolean> handshake = each.submit(() -> cutOff(port, null));
        Future<Boolean> record =
            each.submit(() -> cutOff(port, Certificates.client(servers.authority(), null)));
        assertUsersOfCertificates(port, token, servers, clients, ann);
        assertNewFilesServe(port, servers, served, files);
        assertThat(handshake.get()).as("a handshake that drips is ended").isTrue();
        assertThat(record.get()).as("a record that drips is ended").isTrue();
        assertDrained(first, port, Certificates.client(servers.authority(), ann), token);
      } finally {
        first.close();
      }
      // Between the two: who connects waits.
      try (Socket waiting = new Socket(InetAddress.getLoopbackAddress(), port)) {
        List<Consumer<Runnable>> watched = new ArrayList<>();
        ApiServer second =
            Api.launch(
                home,
                Listening.inherited(socket),
                files.door(true, "1.2"),
                Api.watching(watched::add));
        try (SSLSocket client = over(waiting, Certificates.client(servers.authority(), ann))) {
          send(client, KEPT);
          assertThat(answer(client)).startsWith("HTTP/1.1 200");
          assertOnlyThoseWithCertificates(port, servers, clients, watched);
        } finally {
          second.close();
        }
      }
    }
  }

  private static void assertUsersOfCertificates(
      int port, String token, Certificates servers, Certificates clients, Signed ann)
      throws Exception {
    SSLContext nobody = Certificates.client(servers.authority(), null);
    SSLContext asAnn = Certificates.client(servers.authority(), ann);
    assertThat(request(port, nobody, "GET", "/v1/whoami", null)).startsWith("HTTP/1.1 401");
    // Before there is a user of that name.
    assertThat(request(port, asAnn, "GET", "/v1/whoami", null))
        .startsWith("HTTP/1.1 401")
        .contains("auth.certificate_unknown", "\\\"ann\\\"");
    String user = "{\"name\":\"ann\",\"roles\":[\"viewer\"]}";
    assertThat(request(port, nobody, "POST", "/v1/users", token, user)).startsWith("HTTP/1.1 201");
    assertThat(request(port, asAnn, "GET", "/v1/whoami", null))
        .startsWith("HTTP/1.1 200")
        .contains("\"actor\":\"user:ann\"");
    // With the roles of that user, no more.
    assertThat(request(port, asAnn, "GET", "/v1/deployments", null)).startsWith("HTTP/1.1 200");
    assertThat(request(port, asAnn, "POST", "/v1/apply", null, "deployments: {}"))
        .startsWith("HTTP/1.1 403");
    // Who sends a token means that, right or wrong.
    assertThat(request(port, asAnn, "GET", "/v1/whoami", token)).contains("\"actor\":\"token:");
    assertThat(request(port, asAnn, "GET", "/v1/whoami", "gyre_wrong")).startsWith("HTTP/1.1 401");
    for (String subject : List.of("CN=bob", "O=ann", "CN=x\\,CN\\=ann", "CN=ann x")) {
      SSLContext other = Certificates.client(servers.authority(), clients.issue(subject));
      assertThat(request(port, other, "GET", "/v1/whoami", null))
          .as(subject)
          .startsWith("HTTP/1.1 401")
          .doesNotContain("user:ann");
    }
    Signed robot = clients.issue("CN=robot", List.of("https://x.example", "gyre:user/ann"));
    assertThat(
            request(
                port, Certificates.client(servers.authority(), robot), "GET", "/v1/whoami", null))
        .contains("\"actor\":\"user:ann\"");
    Signed two = clients.issue("CN=ann", List.of("gyre:user/ann", "gyre:user/bob"));
    assertThat(
            request(port, Certificates.client(servers.authority(), two), "GET", "/v1/whoami", null))
        .startsWith("HTTP/1.1 401")
        .contains("auth.certificate_ambiguous");
    // Of an authority that calls itself the same, for clients show no other, and of the past.
    Signed forged = new Certificates("clients").issue("CN=ann");
    Signed ended = clients.issue("CN=ann", Duration.ofDays(-1));
    for (Signed refused : List.of(forged, ended)) {
      SSLContext as = Certificates.client(servers.authority(), refused);
      assertThatThrownBy(() -> request(port, as, "GET", "/v1/health", null))
          .isInstanceOf(IOException.class);
    }
    // A connection that is kept is no longer anybody's once the user is gone.
    try (SSLSocket kept = connect(port, asAnn)) {
      send(kept, head("GET", "/v1/whoami", null, 0, ""));
      assertThat(answer(kept)).startsWith("HTTP/1.1 200");
      assertThat(request(port, nobody, "DELETE", "/v1/users/ann", token))
          .startsWith("HTTP/1.1 204");
      send(kept, head("GET", "/v1/whoami", null, 0, ""));
      assertThat(answer(kept)).startsWith("HTTP/1.1 401");
    }
  }

  private static void assertNewFilesServe(
      int port, Certificates servers, Signed old, PemFiles files) throws Exception {
    Certificates others = new Certificates("others");
    Path key = files.key().resolveSibling("k2.pem");
    others.issue("CN=localhost").write(files.certificate(), key);
    // Half of the new pair: the old one goes on.
    Api.await(() -> answers(port, servers), "the old certificate goes on");
    Files.writeString(files.key(), Files.readString(key));
    Api.await(() -> answers(port, others), "the new certificate serves");
    assertThat(answers(port, servers)).isFalse();
    old.write(files.certificate(), files.key());
    Api.await(() -> answers(port, servers), "the old one serves again");
  }

  /**
   * Sends a record of the longest kind, a byte every 50 ms, so that it is never quiet; whether that
   * is ended before the record is whole.
   *
   * @param as null: as the first of a handshake; else after it
   */
  private static boolean cutOff(int port, @Nullable SSLContext as) throws Exception {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
      if (as != null) {
        SSLSocket secured = over(plain, as);
        send(secured, KEPT);
        assertThat(answer(secured)).startsWith("HTTP/1.1 200");
      }
      plain.setSoTimeout(50);
      send(plain, (char) (as == null ? 22 : 23) + "\u0003\u0003@\u0000");
      byte[] told = new byte[1024];
      for (int sent = 0; sent < 200; sent++) {
        try {
          send(plain, "x");
          if (plain.getInputStream().read(told) < 0) {
            return true;
          }
        } catch (SocketTimeoutException e) {
          // Nothing yet.
        } catch (SocketException e) {
          return true;
        }
      }
      return false;
    }
  }

  private static boolean answers(int port, Certificates trusted) {
    try {
      SSLContext client = Certificates.client(trusted.authority(), null);
      return request(port, client, "GET", "/v1/health", null).startsWith("HTTP/1.1 200");
    } catch (Exception e) {
      return false;
    }
  }

  /** A request in flight is answered, who is quiet is hung up on, and streams end. */
  private static void assertDrained(ApiServer api, int port, SSLContext as, String token)
      throws Exception {
    try (SSLSocket busy = connect(port, as);
        SSLSocket quiet = connect(port, as);
        SSLSocket stream = connect(port, as)) {
      send(quiet, KEPT);
      assertThat(answer(quiet)).startsWith("HTTP/1.1 200");
      send(stream, head("GET", "/v1/events", token, 0, "Accept: text/event-stream\r\n"));
      assertThat(answer(stream)).startsWith("HTTP/1.1 200");
      send(busy, KEPT);
      assertThat(answer(busy)).startsWith("HTTP/1.1 200");
      send(busy, head("POST", "/v1/apply?dry_run=true", token, 15, "") + "deployments");
      Thread closing = Thread.ofPlatform().start(api::close);
      assertThat(quiet.getInputStream().read()).isNegative();
      String rest = rest(stream);
      assertThat(rest).contains("retry: 1000");
      assertThat(closing.isAlive()).isTrue();
      send(busy, ": {}");
      assertThat(rest(busy)).startsWith("HTTP/1.1 200").containsIgnoringCase("connection: close");
      assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  private static void assertOnlyThoseWithCertificates(
      int port, Certificates servers, Certificates clients, List<Consumer<Runnable>> watched)
      throws Exception {
    SSLContext nobody = Certificates.client(servers.authority(), null);
    assertThatThrownBy(() -> request(port, nobody, "GET", "/v1/health", null))
        .isInstanceOf(IOException.class);
    SSLContext forged =
        Certificates.client(servers.authority(), new Certificates("clients").issue("CN=ann"));
    assertThatThrownBy(() -> request(port, forged, "GET", "/v1/health", null))
        .isInstanceOf(IOException.class);
    SSLContext bob = Certificates.client(servers.authority(), clients.issue("CN=bob"));
    assertThat(request(port, bob, "GET", "/v1/health", null)).startsWith("HTTP/1.1 200");
    // What systemd asks has no certificate; without its answer the API would be ended.
    assertThat(Api.answers(watched.getFirst())).as("it answers itself").isTrue();
    List<Socket> held = new ArrayList<>();
    try {
      Api.hold(held, port, PLACES + 4);
      assertThat(Api.answers(watched.getFirst())).as("it does where nobody else may").isTrue();
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
    assertThatThrownBy(() -> request(port, nobody, "GET", "/v1/health", null))
        .isInstanceOf(IOException.class);
  }
}
