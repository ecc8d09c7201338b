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
 * @param identity who asks
 */
public record Call(String correlation, Identity identity) {
  /** Of the request, once it is authenticated: its {@link Identity}. */
  public static final String IDENTITY = "gyre.identity";

  /**
   * Of the request, once it is authenticated: a {@link java.util.function.BooleanSupplier} that
   * says whether he who asks may still do so.
   */
  public static final String STILL_ALLOWED = "gyre.still_allowed";

  /** Of a login: the name that is said, which nothing has proved yet. */
  public static final String CLAIMED = "gyre.claimed";

  /** Of every request: the connection that it comes by. */
  public static final String CONNECTION = "gyre.connection";

  public static Call of(ContainerRequestContext request) {
    Object correlation = request.getProperty(ProblemMapper.CORRELATION);
    if (!(request.getProperty(IDENTITY) instanceof Identity identity)) {
      throw new IllegalStateException("nobody was asked who makes this request");
    }
    return new Call(correlation instanceof String id ? id : Ids.correlation(), identity);
  }

  /** What the reconciler decided. */
  public static Call ofReconciler(String correlation) {
    String id = correlation.isEmpty() ? Ids.correlation() : correlation;
    return new Call(id, Identity.reconciler(id));
  }

  /** As changes name who asks. */
  public String actor() {
    return identity.actor();
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
