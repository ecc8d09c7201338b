package io.gyre.api.tls;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * How this process connects to itself: it doesn't ask who that is, and is known by the port that it
 * holds, so that it needs no certificate where clients do.
 */
public final class OwnConnection implements AutoCloseable {
  private final Set<SocketAddress> ends;
  private final Socket plain = new Socket();
  private final SocketAddress end;
  private final Socket secured;

  OwnConnection(Set<SocketAddress> ends, InetSocketAddress address, int limitMs)
      throws IOException {
    this.ends = ends;
    try {
      plain.setSoTimeout(limitMs);
      // What is bound can't be anybody else's, and is known before the other end sees it.
      plain.bind(new InetSocketAddress(address.getAddress(), 0));
      end = plain.getLocalSocketAddress();
    } catch (IOException e) {
      plain.close();
      throw e;
    }
    ends.add(end);
    try {
      plain.connect(address, limitMs);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, null);
      secured = context.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    } catch (IOException e) {
      close();
      throw e;
    } catch (GeneralSecurityException e) {
      close();
      throw new IOException(e);
    }
  }

  /** TLS over the connection. */
  public Socket socket() {
    return secured;
  }

  /** The port is forgotten while it is still held. */
  @Override
  public void close() throws IOException {
    ends.remove(end);
    plain.close();
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
