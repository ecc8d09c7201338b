package io.gyre.api.http;

import io.gyre.api.problem.ProblemMapper;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.model.Violation;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.List;

/**
 * One request as a change remembers it.
 *
 * @param correlation follows it through every process
 * @param actor the name of who asks
 */
public record Call(String correlation, String actor) {
  /** Of the request, once it is authenticated: who asks. */
  public static final String ACTOR = "gyre.actor";

  public static Call of(ContainerRequestContext request) {
    Object correlation = request.getProperty(ProblemMapper.CORRELATION);
    Object actor = request.getProperty(ACTOR);
    return new Call(
        correlation instanceof String id ? id : Ids.correlation(),
        actor instanceof String name ? name : "");
  }

  /** The refusal of a query parameter. */
  public static GyreException badQuery(String name, String message) {
    return GyreException.invalid(
        "query.invalid",
        List.of(new Violation("query.invalid", "query." + name, message, null, 0, 0)));
  }

  /** The refusal of a field of a body. */
  public static GyreException badField(String code, String path, String message) {
    return GyreException.invalid(code, List.of(new Violation(code, path, message, null, 0, 0)));
  }
}
