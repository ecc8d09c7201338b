package io.gyre.api.webhook;

import io.gyre.api.tls.Pem;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates receivers may have: those of the authorities that the JDK trusts, and of a
 * file besides, which is read anew where it changed. Any thread.
 */
final class Trust {
  /** As of a state of the file. */
  private record Kept(Object stamp, SSLSocketFactory sockets) {}

  private final Supplier<String> file;
  private volatile @Nullable Kept kept;

  /**
   * @param file asked each time; empty: none
   */
  Trust(Supplier<String> file) {
    this.file = file;
  }

  /**
   * @throws GyreException where the file doesn't do
   */
  SSLSocketFactory sockets() {
    String name = file.get();
    if (name.isEmpty()) {
      return (SSLSocketFactory) SSLSocketFactory.getDefault();
    }
    Path path = Path.of(name);
    Object stamp = stamp(path);
    Kept last = kept;
    if (last != null && last.stamp().equals(stamp)) {
      return last.sockets();
    }
    Kept next = new Kept(stamp, load(path));
    kept = next;
    return next.sockets();
  }

  private static Object stamp(Path path) {
    try {
      return List.of(path, Files.getLastModifiedTime(path), Files.size(path));
    } catch (IOException e) {
      throw unusable(path + " can't be read: " + e);
    }
  }

  private static SSLSocketFactory load(Path path) {
    try {
      List<X509Certificate> trusted = new ArrayList<>(Pem.certificates(path));
      for (TrustManager usual : managers(null)) {
        if (usual instanceof X509TrustManager known) {
          trusted.addAll(List.of(known.getAcceptedIssuers()));
        }
      }
      KeyStore all = KeyStore.getInstance("PKCS12");
      all.load(null, null);
      for (int i = 0; i < trusted.size(); i++) {
        all.setCertificateEntry("trusted-" + i, trusted.get(i));
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(all), null);
      return context.getSocketFactory();
    } catch (GyreException e) {
      throw unusable(e.getMessage());
    } catch (GeneralSecurityException | IOException e) {
      throw unusable(path + " can't be used: " + e.getMessage());
    }
  }

  private static TrustManager[] managers(@Nullable KeyStore trusted)
      throws GeneralSecurityException {
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    return managers.getTrustManagers();
  }

  private static GyreException unusable(@Nullable String why) {
    return new GyreException(
        ErrorKind.INVALID, "webhook.ca_unusable", "api.webhook_ca: " + why, null);
  }
}
