package io.gyre.api.http;

import java.time.Duration;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a connection whose request head comes so slowly that it would never be quiet, and never be
 * whole. Without a timer: a client that sends nothing is ended for being quiet, and each piece that
 * another one sends is an occasion to look at the clock.
 */
final class HeadLimit extends HttpConnection {
  private static final Logger log = LoggerFactory.getLogger(HeadLimit.class);

  /** Makes such connections. */
  static final class Factory extends HttpConnectionFactory {
    private final Duration limit;

    Factory(HttpConfiguration http, Duration limit) {
      super(http);
      this.limit = limit;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
      HeadLimit connection = new HeadLimit(getHttpConfiguration(), connector, endPoint, limit);
      return configure(connection, connector, endPoint);
    }
  }

  private final long limitNanos;
  private long seen;
  private boolean reading;
  private long since;

  private HeadLimit(
      HttpConfiguration http, Connector connector, EndPoint endPoint, Duration limit) {
    super(http, connector, endPoint);
    limitNanos = limit.toNanos();
  }

  /** By one thread at a time. */
  @Override
  public void onFillable() {
    long before = getBytesIn();
    super.onFillable();
    if (getBytesIn() == before) {
      return;
    }
    if (!getParser().inHeaderState() || getMessagesIn() != seen) {
      reading = false;
      seen = getMessagesIn();
    } else if (!reading) {
      reading = true;
      since = System.nanoTime();
    } else if (System.nanoTime() - since > limitNanos) {
      log.debug("{} sends the head of its request too slowly", getEndPoint());
      getEndPoint().close();
    }
  }
}
