package io.gyre.api.http;

import io.gyre.api.problem.JettyProblems;
import io.gyre.api.problem.ProblemMapper;
import io.gyre.model.Ids;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Gives every request the id that follows what it causes, and tells the client. */
final class CorrelationHandler extends Handler.Wrapper {
  CorrelationHandler(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String correlation = Ids.correlation();
    request.setAttribute(ProblemMapper.CORRELATION, correlation);
    request.setAttribute(
        Call.CONNECTION, request.getConnectionMetaData().getConnection().getEndPoint());
    response.getHeaders().put(JettyProblems.CORRELATION_HEADER, correlation);
    response.getHeaders().put("Cache-Control", "no-store");
    return super.handle(request, response, callback);
  }
}
