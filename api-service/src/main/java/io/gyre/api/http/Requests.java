package io.gyre.api.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Knows which connections are being answered, from the head of the request until the last byte of
 * the answer is written, and can ask clients to close theirs after the answer. Any thread.
 */
final class Requests extends Handler.Wrapper {
  /** Answers of these types end with the client, or with the API. */
  private static final Set<String> ENDLESS =
      Set.of("text/event-stream", "application/octet-stream");

  private final Set<EndPoint> answering = ConcurrentHashMap.newKeySet();
  private final Set<EndPoint> streaming = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  Requests(Handler handler) {
    super(handler);
  }

  /** Of the connection to the client; what comes by TLS has one of its own within. */
  private static EndPoint outer(EndPoint endPoint) {
    return endPoint.getTransport() instanceof EndPoint around ? around : endPoint;
  }

  void closeAfterAnswer() {
    closing = true;
  }

  boolean answers(EndPoint connection) {
    return answering.contains(connection);
  }

  boolean streams(EndPoint connection) {
    return streaming.contains(connection);
  }

  int answering() {
    return answering.size();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    EndPoint connection = outer(request.getConnectionMetaData().getConnection().getEndPoint());
    answering.add(connection);
    request.addHttpStreamWrapper(stream -> new Answer(stream, connection));
    return super.handle(request, response, callback);
  }

  private final class Answer extends HttpStream.Wrapper {
    private final EndPoint connection;

    Answer(HttpStream stream, EndPoint connection) {
      super(stream);
      this.connection = connection;
    }

    /** An answer whose head has gone out already leaves its connection open for one more. */
    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
      super.prepareResponse(headers);
      String type = headers.get(HttpHeader.CONTENT_TYPE);
      if (type != null && ENDLESS.stream().anyMatch(type::startsWith)) {
        streaming.add(connection);
      }
      if (closing) {
        headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
      }
    }

    @Override
    public void succeeded() {
      ended();
      super.succeeded();
    }

    @Override
    public void failed(Throwable failure) {
      ended();
      super.failed(failure);
    }

    private void ended() {
      answering.remove(connection);
      streaming.remove(connection);
    }
  }
}
