package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;

/** Follows {@code /v1/events}, or what is like it, over breaks of the connection, without a gap. */
final class EventFeed {
  private static final long AWAY_LIMIT_MS = 60_000;
  private static final long RETRY_MS = 250;

  private final Session session;
  private final String stream;
  private final String filter;
  private long last;

  /**
   * @param filter query without separator, empty for all events
   * @param after the last event that is known already
   */
  EventFeed(Session session, String filter, long after) {
    this(session, "/v1/events", filter, after);
  }

  /**
   * @param stream the path of numbered server-sent events
   */
  EventFeed(Session session, String stream, String filter, long after) {
    this.session = session;
    this.stream = stream;
    this.filter = filter;
    this.last = after;
  }

  /** Returns when the handler wants no more; fails when the API stays away. */
  void follow(ServerSentEvents.Handler handler) {
    long awaySince = 0;
    while (true) {
      try (InputStream stream = open()) {
        awaySince = 0;
        if (ServerSentEvents.read(stream, remembering(handler))) {
          return;
        }
      } catch (IOException e) {
        // Broken: resume after the last event.
      } catch (CliFailure e) {
        if (e.exitCode() != Exit.UNREACHABLE) {
          throw e;
        }
        awaySince = awaySince == 0 ? session.nowMs() : awaySince;
        if (session.nowMs() - awaySince > AWAY_LIMIT_MS) {
          throw e;
        }
      }
      pause();
    }
  }

  private InputStream open() {
    String path = stream + "?after=" + last + (filter.isEmpty() ? "" : "&" + filter);
    return session.freshApi().events(path, Long.toString(last));
  }

  private ServerSentEvents.Handler remembering(ServerSentEvents.Handler handler) {
    return new ServerSentEvents.Handler() {
      @Override
      public boolean event(String id, String name, String data) {
        try {
          last = Math.max(last, Long.parseLong(id));
        } catch (NumberFormatException e) {
          // An event without a place in the order.
        }
        return handler.event(id, name, data);
      }

      @Override
      public boolean heartbeat() {
        return handler.heartbeat();
      }
    };
  }

  static void pause() {
    try {
      Thread.sleep(RETRY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliFailure(Exit.FAILED, "interrupted", null);
    }
  }
}
