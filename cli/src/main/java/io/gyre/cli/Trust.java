package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Whose certificate is taken for the API's: that of {@code GYRE_FINGERPRINT}, those that {@code
 * GYRE_CA} or the context in use vouches for, that which the API of this data root made, or else
 * what the JDK trusts.
 */
final class Trust {
  private Trust() {}

  /**
   * Prepares a connection; nothing is loaded for one without TLS.
   *
   * @param ca of the context in use, a file; empty: none
   */
  static void apply(Session session, HttpURLConnection connection, String ca) {
    if (connection instanceof HttpsURLConnection secure) {
      String pin = session.variable("GYRE_FINGERPRINT").replace(":", "").toLowerCase(Locale.ROOT);
      String named = session.variable("GYRE_CA");
      String file = named.isEmpty() ? ca : named;
      Path own = session.home().resolve("data").resolve("tls").resolve("certificate.pem");
      if (!pin.isEmpty()) {
        if (!pin.matches("[0-9a-f]{64}")) {
          throw CliFailure.usage(
              "GYRE_FINGERPRINT is no SHA-256 in hex", "the log of the API tells it at its start");
        }
        secure.setSSLSocketFactory(context(new Pinned(pin)).getSocketFactory());
        // It is that certificate, whatever names it holds.
        secure.setHostnameVerifier((_, _) -> true);
      } else if (!file.isEmpty()) {
        secure.setSSLSocketFactory(context(authorities(Path.of(file))).getSocketFactory());
      } else if (Files.isReadable(own)) {
        secure.setSSLSocketFactory(context(authorities(own)).getSocketFactory());
      }
    }
  }

  private static SSLContext context(TrustManager... trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TrustManager[] authorities(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + number++, each);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw CliFailure.usage(
          "cannot read certificates from " + file + ": " + e.getMessage(),
          "GYRE_CA names a PEM file");
    }
  }

  private record Pinned(String sha256) implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("no client is expected");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      try {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded());
        if (!HexFormat.of().formatHex(digest).equals(sha256)) {
          throw new CertificateException(
              "the certificate's SHA-256 is " + HexFormat.of().formatHex(digest));
        }
      } catch (GeneralSecurityException e) {
        throw e instanceof CertificateException known ? known : new CertificateException(e);
      }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
