package io.gyre.api.audit;

import io.gyre.api.auth.Routes;
import io.gyre.api.http.Call;
import io.gyre.api.http.Identity;
import io.gyre.api.http.Peer;
import io.gyre.api.problem.Problem;
import io.gyre.api.problem.ProblemMapper;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.glassfish.jersey.server.ExtendedUriInfo;
import org.glassfish.jersey.server.model.ResourceMethod;

/**
 * Gives each request its {@link Trail}, before anything is decided about it, and notes how it was
 * answered.
 */
@Priority(Priorities.AUTHENTICATION - 100)
public final class TrailFilter implements ContainerRequestFilter, ContainerResponseFilter {
  private final AuditLog audit;
  private final Map<String, Boolean> noted = new ConcurrentHashMap<>();

  public TrailFilter(AuditLog audit) {
    this.audit = audit;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    Trail trail =
        new Trail(
            Peer.address(request),
            request.getMethod(),
            "/" + request.getUriInfo().getPath(),
            String.valueOf(request.getProperty(ProblemMapper.CORRELATION)),
            () ->
                request.getProperty(Call.IDENTITY) instanceof Identity identity
                    ? identity.actor()
                    : "");
    ResourceMethod matched = ((ExtendedUriInfo) request.getUriInfo()).getMatchedResourceMethod();
    if (matched != null) {
      var handler = matched.getInvocable().getHandlingMethod();
      Routes.route(handler)
          .ifPresent(
              route ->
                  trail.matched(
                      route.substring(route.indexOf(' ') + 1),
                      request.getUriInfo().getPathParameters().getFirst("namespace"),
                      noted.computeIfAbsent(route, Routes::looksAreNoted)));
    }
    request.setProperty(Trail.PROPERTY, trail);
    trail.enter();
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    if (request.getProperty(Trail.PROPERTY) instanceof Trail trail) {
      String code = response.getEntity() instanceof Problem problem ? problem.code() : "";
      Object claimed = request.getProperty(Call.CLAIMED);
      audit.answered(trail, response.getStatus(), code, claimed instanceof String name ? name : "");
      trail.leave();
    }
  }
}
