package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.component.ApiDoor;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS on a real socket, with certificates that the API made. */
final class TlsComponentTest {
  @TempDir Path root;

  private static ApiDoor door(ApiDoor.@Nullable Tls tls) {
    ApiDoor usual = ApiDoor.DEFAULT;
    return new ApiDoor(usual.hosts(), usual.origins(), usual.limits(), usual.audit(), tls);
  }

  private static Certificate read(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static SSLSocket connect(Api api, Path trusted) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", read(trusted));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", api.port());
    javax.net.ssl.SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static String health(Socket socket) throws Exception {
    socket
        .getOutputStream()
        .write(
            "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aCertificateIsMadeAndAnotherTakesItsPlaceWhileItServes() throws Exception {
    Path made;
    try (Api api = new Api(root, door(new ApiDoor.Tls(true, "", "", "", false, "1.2")))) {
      assertThat(api.address()).startsWith("https://127.0.0.1:");
      made = api.home.tlsCertificate();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(api.home.tlsKey())))
          .isEqualTo("rw-------");
      assertThat(((X509Certificate) read(made)).getSubjectAlternativeNames().toString())
          .contains("localhost", "127.0.0.1");
      try (SSLSocket socket = connect(api, made)) {
        assertThat(health(socket)).startsWith("HTTP/1.1 200").endsWith("{\"state\":\"up\"}");
      }
      try (Socket plain = api.connect()) {
        plain.setSoTimeout(10_000);
        assertThatThrownBy(() -> assertThat(health(plain)).startsWith("HTTP/1.1 200"))
            .isInstanceOfAny(java.io.IOException.class, AssertionError.class);
      }
    }
    // A pair of files, of which the second one is another's.
    Path certificate = root.resolve("c.pem");
    Path key = root.resolve("k.pem");
    Files.copy(made, certificate);
    Files.copy(made.resolveSibling("key.pem"), key);
    ApiDoor.Tls files =
        new ApiDoor.Tls(false, certificate.toString(), key.toString(), "", false, "1.3");
    Path other = Files.createDirectory(root.resolve("other"));
    try (Api api = new Api(other, door(new ApiDoor.Tls(true, "", "", "", false, "1.2")));
        Api served = new Api(Files.createDirectory(root.resolve("s")), door(files))) {
      Path next = api.home.tlsCertificate();
      try (SSLSocket socket = connect(served, certificate)) {
        assertThat(health(socket)).startsWith("HTTP/1.1 200");
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      }
      // Half of the new pair: the old one goes on.
      Files.writeString(certificate, Files.readString(next));
      Api.await(() -> answers(served, made), "the old certificate goes on");
      Files.writeString(key, Files.readString(api.home.tlsKey()));
      Api.await(() -> answers(served, next), "the new certificate serves");
      assertThat(answers(served, made)).isFalse();
    }
  }

  private static boolean answers(Api api, Path trusted) {
    try (SSLSocket socket = connect(api, trusted)) {
      return health(socket).startsWith("HTTP/1.1 200");
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  void whatCannotServeIsRefusedAtTheStart() throws Exception {
    Path none = Files.writeString(root.resolve("none.pem"), "nothing");
    ApiDoor.Tls bad = new ApiDoor.Tls(false, none.toString(), none.toString(), "", false, "1.2");
    assertThatThrownBy(() -> new Api(root, door(bad)).close())
        .hasMessageContaining("holds no certificate");
  }
}
