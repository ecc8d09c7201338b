package io.gyre.reconciler.health;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A probe asks whether somebody answers, not who: the address that it asks is seldom a name of the
 * certificate.
 */
final class AnyCertificate extends X509ExtendedTrustManager {
  private AnyCertificate() {}

  /** The connection, encrypted; closing it closes the other. */
  static SSLSocket over(Socket socket, String host, HttpProbe.Deadline deadline)
      throws IOException {
    SSLSocket secure =
        (SSLSocket)
            Tls.CONTEXT.getSocketFactory().createSocket(socket, host, socket.getPort(), true);
    secure.setSoTimeout(deadline.leftMs());
    secure.startHandshake();
    return secure;
  }

  /** Made when first needed: few checks need it, and it is slow to make. */
  private static final class Tls {
    static final SSLContext CONTEXT = context();
  }

  private static SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no TLS", e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
