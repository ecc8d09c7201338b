package io.gyre.api.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a connection whose handshake, or a record after it, comes so slowly that it would never be
 * quiet, and never be whole. Without a timer: who sends nothing is ended for being quiet, and each
 * piece that comes is an occasion to look at the clock. By one thread at a time.
 */
final class RecordLimit extends SslConnection implements SslHandshakeListener {
  private static final Logger log = LoggerFactory.getLogger(RecordLimit.class);

  /** Makes such connections. */
  static final class Factory extends SslConnectionFactory {
    private final Duration limit;

    Factory(SslContextFactory.Server context, HttpConnectionFactory http, Duration limit) {
      super(context, http.getProtocol());
      this.limit = limit;
    }

    @Override
    protected SslConnection newSslConnection(
        Connector connector, EndPoint endPoint, SSLEngine engine) {
      RecordLimit connection =
          new RecordLimit(
              connector,
              getSslContextFactory(),
              endPoint,
              engine,
              isDirectBuffersForEncryption(),
              isDirectBuffersForDecryption(),
              limit);
      connection.addHandshakeListener(connection);
      return connection;
    }
  }

  private final long limitNanos;
  private volatile boolean shaken;
  private volatile boolean reading;
  private volatile long since;

  private RecordLimit(
      Connector connector,
      SslContextFactory context,
      EndPoint endPoint,
      SSLEngine engine,
      boolean directToEncrypt,
      boolean directToDecrypt,
      Duration limit) {
    super(
        connector.getByteBufferPool(),
        connector.getExecutor(),
        context,
        endPoint,
        engine,
        directToEncrypt,
        directToDecrypt);
    limitNanos = limit.toNanos();
  }

  @Override
  public void handshakeSucceeded(Event event) {
    shaken = true;
    reading = false;
  }

  @Override
  protected int networkFill(ByteBuffer input) throws IOException {
    int filled = super.networkFill(input);
    if (filled > 0) {
      if (!reading) {
        reading = true;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > limitNanos) {
        log.debug("{} sends {} too slowly", getEndPoint(), shaken ? "a record" : "its handshake");
        getEndPoint().close();
        return -1;
      }
    }
    return filled;
  }

  @Override
  protected SSLEngineResult unwrap(SSLEngine engine, ByteBuffer input, ByteBuffer output)
      throws SSLException {
    SSLEngineResult result = super.unwrap(engine, input, output);
    if (shaken && result.getStatus() == SSLEngineResult.Status.OK && result.bytesConsumed() > 0) {
      reading = false;
    }
    return result;
  }
}
