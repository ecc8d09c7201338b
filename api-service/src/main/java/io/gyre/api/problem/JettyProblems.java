package io.gyre.api.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.gyre.model.Ids;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what never reaches a resource, such as bytes that aren't HTTP; never with HTML. */
public final class JettyProblems extends ErrorHandler {
  /** Of every response. */
  public static final String CORRELATION_HEADER = "Gyre-Correlation";

  private static final String REFUSAL = "gyre.refusal";
  private static final Logger log = LoggerFactory.getLogger(JettyProblems.class);

  private final ObjectWriter json;

  public JettyProblems(ObjectWriter json) {
    this.json = json;
    setShowStacks(false);
  }

  /** Answers a request that is not handled at all; for a handler to return. */
  public static boolean refuse(
      Request request,
      Response response,
      Callback callback,
      int status,
      String code,
      String detail,
      String hint) {
    request.setAttribute(REFUSAL, Problem.of(status, code, detail, hint));
    Response.writeError(request, response, callback, status);
    return true;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Object cause = request.getAttribute(ERROR_EXCEPTION);
    int status = response.getStatus();
    if (cause instanceof HttpException http) {
      status = http.getCode();
    }
    if (status < 400) {
      status = 500;
    }
    response.setStatus(status);
    Object known = request.getAttribute(ProblemMapper.CORRELATION);
    String correlation = known instanceof String id ? id : Ids.correlation();
    response.getHeaders().put(CORRELATION_HEADER, correlation);
    if (status == 500 && cause instanceof Throwable failure) {
      log.error(
          "{} {} failed ({})", request.getMethod(), request.getHttpURI(), correlation, failure);
    }
    Problem problem =
        request.getAttribute(REFUSAL) instanceof Problem refusal ? refusal : problem(status);
    write(response, callback, problem.withCorrelation(correlation));
    return true;
  }

  private void write(Response response, Callback callback, Problem problem)
      throws JsonProcessingException {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    response.write(true, ByteBuffer.wrap(json.writeValueAsBytes(problem)), callback);
  }

  private static Problem problem(int status) {
    return switch (status) {
      case 404 ->
          Problem.of(
              404, "http.no_such_route", "there is nothing here", "see GET /v1/openapi.json");
      case 408 -> Problem.of(408, "http.timeout", "the request came too slowly", null);
      case 413 -> Problem.of(413, "http.body_too_large", "the body is too large", null);
      case 414 -> Problem.of(414, "http.uri_too_long", "the request line is too long", null);
      case 431 -> Problem.of(431, "http.headers_too_large", "the headers are too large", null);
      case 421 ->
          Problem.of(421, "http.host_foreign", "this host is not served here", "use its address");
      case 503 -> Problem.of(503, "http.unavailable", "the API is stopping", "try again");
      default ->
          status == 500
              ? ProblemMapper.internal()
              : Problem.of(
                  status,
                  "http.bad_request",
                  "this isn't a request that can be read (" + HttpStatus.getMessage(status) + ")",
                  null);
    };
  }
}
