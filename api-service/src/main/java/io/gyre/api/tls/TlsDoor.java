package io.gyre.api.tls;

import io.gyre.api.http.OwnEnds;
import io.gyre.component.ApiDoor;
import io.gyre.component.Home;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API's certificate, and whose certificates it takes. Files that change are read anew at the
 * next connection, at most once a second, so that nothing runs while nobody comes; what is wrong
 * with them leaves the old ones in use. Any thread.
 */
public final class TlsDoor {
  private static final Logger log = LoggerFactory.getLogger(TlsDoor.class);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final String NO_PASSWORD = "";

  /** Asks this process itself for no certificate: it has none that clients could have. */
  private final class Context extends SslContextFactory.Server {
    @Override
    public SSLEngine newSSLEngine(InetSocketAddress other) {
      SSLEngine engine = super.newSSLEngine(other);
      if (ownEnds.has(other)) {
        engine.setNeedClientAuth(false);
      }
      return engine;
    }
  }

  private record Loaded(KeyStore keys, KeyStore clients, String fingerprint) {}

  private final ApiDoor.Tls config;
  private final Path certificate;
  private final Path key;
  private final SslContextFactory.Server context = new Context();

  private final OwnEnds ownEnds;

  private final ReentrantLock looking = new ReentrantLock();
  private volatile long looked = System.nanoTime();
  private List<Object> stamps;
  private volatile String fingerprint;

  private TlsDoor(ApiDoor.Tls config, Path certificate, Path key, OwnEnds ownEnds) {
    this.config = config;
    this.ownEnds = ownEnds;
    this.certificate = certificate;
    this.key = key;
    this.stamps = stamps();
    Loaded loaded = load();
    this.fingerprint = loaded.fingerprint();
    set(context, loaded);
    context.setEndpointIdentificationAlgorithm(null);
    if (config.minVersion().equals("1.3")) {
      context.setIncludeProtocols("TLSv1.3");
    } else {
      context.setIncludeProtocols("TLSv1.2", "TLSv1.3");
    }
    context.setNeedClientAuth(config.clientRequired());
    context.setWantClientAuth(!config.clientCa().isEmpty() && !config.clientRequired());
    log.info("TLS with the certificate {}, SHA-256 {}", certificate, fingerprint);
  }

  /**
   * @param ownEnds of connections that need no certificate where clients do
   * @throws GyreException {@code api.tls_unusable} where the files don't do
   */
  public static TlsDoor open(ApiDoor.Tls config, Home home, Clock clock, OwnEnds ownEnds) {
    if (config.generated()) {
      GeneratedCertificate.ensure(home, clock);
      return new TlsDoor(config, home.tlsCertificate(), home.tlsKey(), ownEnds);
    }
    return new TlsDoor(config, Path.of(config.certificate()), Path.of(config.key()), ownEnds);
  }

  /**
   * TLS, and what comes within it.
   *
   * @param limit for a handshake, and for a record after it
   */
  public ConnectionFactory[] around(
      HttpConnectionFactory http, HttpConfiguration configuration, Duration limit) {
    // A client may use any name or address that it trusts the certificate for.
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    return new ConnectionFactory[] {new RecordLimit.Factory(context, http, limit), http};
  }

  /** TLS over a connection of this process to itself. */
  public Socket secure(Socket plain) throws IOException {
    return Anybody.secure(plain);
  }

  /** Of the certificate in use: SHA-256 in hex. */
  public String fingerprint() {
    return fingerprint;
  }

  private static void set(SslContextFactory.Server context, Loaded loaded) {
    context.setKeyStore(loaded.keys());
    context.setKeyStorePassword(NO_PASSWORD);
    context.setKeyManagerPassword(NO_PASSWORD);
    context.setTrustStore(loaded.clients());
  }

  private Loaded load() {
    List<X509Certificate> chain = Pem.certificates(certificate);
    PrivateKey own = Pem.key(key);
    if (!belong(own, chain.getFirst().getPublicKey())) {
      throw Pem.unusable(key, "is not the key of " + certificate);
    }
    try {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry("api", own, NO_PASSWORD.toCharArray(), chain.toArray(Certificate[]::new));
      KeyStore clients = KeyStore.getInstance("PKCS12");
      clients.load(null, null);
      if (!config.clientCa().isEmpty()) {
        int number = 0;
        for (X509Certificate each : Pem.certificates(Path.of(config.clientCa()))) {
          clients.setCertificateEntry("client-" + number++, each);
        }
      }
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(chain.getFirst().getEncoded());
      return new Loaded(keys, clients, HexFormat.of().formatHex(digest));
    } catch (GeneralSecurityException | IOException e) {
      throw Pem.unusable(certificate, "can't be used: " + e.getMessage());
    }
  }

  /** Whether what the one signs the other confirms. */
  private static boolean belong(PrivateKey own, PublicKey published) {
    String algorithm =
        switch (own.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "Ed25519";
        };
    try {
      byte[] text = {1, 2, 3};
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(own);
      signing.update(text);
      byte[] signed = signing.sign();
      Signature checking = Signature.getInstance(algorithm);
      checking.initVerify(published);
      checking.update(text);
      return checking.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private List<Object> stamps() {
    List<Object> found = new ArrayList<>();
    for (String file : List.of(certificate.toString(), key.toString(), config.clientCa())) {
      if (!file.isEmpty()) {
        try {
          Path path = Path.of(file);
          found.add(List.of(Files.getLastModifiedTime(path), Files.size(path)));
        } catch (IOException e) {
          found.add("missing");
        }
      }
    }
    return found;
  }

  /** Somebody connects. */
  public void connecting() {
    long now = System.nanoTime();
    if (now - looked < LOOK_NANOS || !looking.tryLock()) {
      return;
    }
    try {
      looked = now;
      List<Object> found = stamps();
      if (!found.equals(stamps)) {
        stamps = found;
        reload();
      }
    } finally {
      looking.unlock();
    }
  }

  private void reload() {
    try {
      Loaded loaded = load();
      context.reload(_ -> set(context, loaded));
      fingerprint = loaded.fingerprint();
      log.info("TLS goes on with a new certificate, SHA-256 {}", fingerprint);
    } catch (GyreException e) {
      log.warn("TLS goes on with the old certificate: {}", e.getMessage());
    } catch (Exception e) {
      log.warn("TLS goes on with the old certificate: {}", e.toString());
    }
  }
}
