package io.gyre.api.problem;

import io.gyre.model.GyreException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a problem of every exception. What only we can mend is logged, and told without details.
 */
public final class ProblemMapper implements ExceptionMapper<Throwable>, ContainerResponseFilter {
  /** Of the request: its correlation id. */
  public static final String CORRELATION = "gyre.correlation";

  private static final Logger log = LoggerFactory.getLogger(ProblemMapper.class);

  /** A problem on its way out; the response filter adds what only the request knows. */
  private record Failure(Problem problem, @Nullable Throwable toLog) {}

  @Override
  public Response toResponse(Throwable e) {
    return switch (e) {
      case GyreException failure ->
          response(Problem.of(failure), failure.kind().httpStatus() == 500 ? failure : null, null);
      case StatusException failure -> {
        Response response =
            response(
                Problem.of(
                    failure.status(),
                    failure.code(),
                    String.valueOf(e.getMessage()),
                    failure.hint()),
                null,
                null);
        failure.headers().forEach((name, value) -> response.getHeaders().putSingle(name, value));
        yield response;
      }
      case TooManyRequests failure ->
          Response.fromResponse(response(problem(failure), null, null))
              .header(HttpHeaders.RETRY_AFTER, failure.seconds())
              .build();
      case WebApplicationException failure -> ofHttp(failure);
      // The client is gone: nobody reads this.
      case EofException _ -> response(internal(), null, null);
      default -> response(internal(), e, null);
    };
  }

  private static Response ofHttp(WebApplicationException e) {
    Response original = e.getResponse();
    int status = original.getStatus();
    return switch (status) {
      case 404 ->
          response(
              Problem.of(
                  404, "http.no_such_route", "there is nothing here", "see GET /v1/openapi.json"),
              null,
              null);
      case 405 -> {
        String allowed =
            String.valueOf(original.getHeaderString(HttpHeaders.ALLOW)).replace(",OPTIONS", "");
        yield response(
            Problem.of(
                405,
                "http.method_not_allowed",
                "this method isn't allowed here",
                "use one of: " + allowed),
            null,
            allowed);
      }
      case 406 ->
          response(
              Problem.of(
                  406,
                  "http.not_acceptable",
                  "none of the media types in Accept can be given",
                  "accept application/json"),
              null,
              null);
      case 415 ->
          response(
              Problem.of(
                  415,
                  "http.unsupported_media_type",
                  "a body of this media type isn't understood here",
                  "set Content-Type: application/json (a manifest may also be application/yaml)"),
              null,
              null);
      default ->
          status >= 400 && status < 500
              ? response(
                  Problem.of(status, "http.bad_request", "the request is malformed", null),
                  null,
                  null)
              : response(internal(), e, null);
    };
  }

  private static Problem problem(TooManyRequests failure) {
    return Problem.of(
        429,
        "http.too_many_requests",
        String.valueOf(failure.getMessage()),
        "wait " + failure.seconds() + " s, or raise api.limits.requests in gyre.yaml");
  }

  /** Answers that instead. */
  public static void replace(
      ContainerRequestContext request, ContainerResponseContext response, TooManyRequests failure) {
    response.setStatus(429);
    response.getHeaders().putSingle(HttpHeaders.RETRY_AFTER, failure.seconds());
    response.getHeaders().remove(HttpHeaders.WWW_AUTHENTICATE);
    response.setEntity(
        problem(failure).withCorrelation(String.valueOf(request.getProperty(CORRELATION))),
        new java.lang.annotation.Annotation[0],
        MediaType.valueOf(Problem.MEDIA_TYPE));
  }

  static Problem internal() {
    return Problem.of(
        500,
        "internal",
        "the API failed; nothing more is known here",
        "look for the correlation id in log/api.log");
  }

  private static Response response(
      Problem problem, @Nullable Throwable toLog, @Nullable String allow) {
    Response.ResponseBuilder response =
        Response.status(problem.status()).entity(new Failure(problem, toLog));
    if (allow != null) {
      response.header(HttpHeaders.ALLOW, allow);
    }
    if (problem.status() == 401) {
      response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"gyre\"");
    }
    return response.type(Problem.MEDIA_TYPE).build();
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    if (response.getEntity() instanceof Failure failure) {
      String correlation = String.valueOf(request.getProperty(CORRELATION));
      if (failure.toLog() != null) {
        log.error(
            "{} {} failed ({})",
            request.getMethod(),
            request.getUriInfo().getPath(),
            correlation,
            failure.toLog());
      }
      response.setEntity(
          failure.problem().withCorrelation(correlation),
          new java.lang.annotation.Annotation[0],
          MediaType.valueOf(Problem.MEDIA_TYPE));
    }
  }
}
