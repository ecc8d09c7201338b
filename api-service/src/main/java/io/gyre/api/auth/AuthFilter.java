package io.gyre.api.auth;

import io.gyre.api.http.Call;
import io.gyre.api.http.Identity;
import io.gyre.api.http.Peer;
import io.gyre.api.problem.ProblemMapper;
import io.gyre.api.problem.StatusException;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.glassfish.jersey.server.ExtendedUriInfo;
import org.glassfish.jersey.server.model.ResourceMethod;
import org.jspecify.annotations.Nullable;

/** Lets a request through to its resource method only if who makes it may. */
@Priority(Priorities.AUTHENTICATION)
public final class AuthFilter implements ContainerRequestFilter {
  private final Authority authority;
  private final List<Authenticator> authenticators;
  private final Function<String, Optional<String>> namespaceOfInstance;
  private final Map<Method, Route> routes;

  /**
   * @param namespaceOfInstance of an id; also of an instance that is gone but left traces
   * @throws RuntimeException where a resource has a route that no permission is known of
   */
  public AuthFilter(
      Authority authority,
      List<Authenticator> authenticators,
      Function<String, Optional<String>> namespaceOfInstance,
      Collection<?> resources) {
    this.authority = authority;
    this.authenticators = List.copyOf(authenticators);
    this.namespaceOfInstance = namespaceOfInstance;
    this.routes = Routes.routes(resources);
  }

  @Override
  public void filter(ContainerRequestContext request) {
    Route route = route(request);
    if (route == null) {
      // Only what Jersey makes up itself, such as OPTIONS, has no permission.
      throw new StatusException(
          405, "http.method_not_allowed", "this method isn't allowed here", null);
    }
    if (route.permission().equals(Permission.NONE)) {
      return;
    }
    Caller caller = authenticate(request);
    Identity identity =
        caller.identity(
            Peer.address(request), String.valueOf(request.getProperty(ProblemMapper.CORRELATION)));
    Reach reach =
        route.permission().equals(Permission.ANYONE)
            ? Reach.EVERYWHERE
            : caller.rights().reach(route.permission());
    // Also for the log of what was refused.
    request.setProperty(Call.IDENTITY, identity);
    check(route, reach, identity, request);
    // Streams ask again before each piece that they send.
    BooleanSupplier still =
        () ->
            (route.permission().equals(Permission.ANYONE)
                    ? reach
                    : authority.now(caller).reach(route.permission()))
                .includes(reach);
    request.setProperty(Call.STILL_ALLOWED, still);
    new Access(identity, caller, reach).attach(request);
  }

  private @Nullable Route route(ContainerRequestContext request) {
    ResourceMethod matched = ((ExtendedUriInfo) request.getUriInfo()).getMatchedResourceMethod();
    return matched == null ? null : routes.get(matched.getInvocable().getHandlingMethod());
  }

  private Caller authenticate(ContainerRequestContext request) {
    for (Authenticator authenticator : authenticators) {
      Optional<Caller> caller = authenticator.authenticate(request);
      if (caller.isPresent()) {
        return caller.get();
      }
    }
    throw BearerAuthenticator.refused("auth.missing", "a token is required");
  }

  private void check(Route route, Reach reach, Identity identity, ContainerRequestContext request) {
    if (reach.everywhere()) {
      return;
    }
    switch (route.where()) {
      case HOST -> refuseUnless(false, route, identity, Access.where(null));
      case PATH -> {
        String namespace =
            Objects.requireNonNull(request.getUriInfo().getPathParameters().getFirst("namespace"));
        refuseUnless(reach.includes(namespace), route, identity, Access.where(namespace));
      }
      case LIST -> {
        String namespace = request.getUriInfo().getQueryParameters().getFirst("namespace");
        boolean all = namespace == null || namespace.isEmpty();
        refuseUnless(
            all ? !reach.nowhere() : reach.includes(namespace),
            route,
            identity,
            all ? "anywhere" : Access.where(namespace));
      }
      case INSTANCE -> {
        String id = Objects.requireNonNull(request.getUriInfo().getPathParameters().getFirst("id"));
        // Must not tell whether there is such an instance.
        refuseUnless(
            !reach.nowhere() && namespaceOfInstance.apply(id).filter(reach::includes).isPresent(),
            route,
            identity,
            "of " + id);
      }
      case CONTENT -> refuseUnless(!reach.nowhere(), route, identity, "anywhere");
    }
  }

  private static void refuseUnless(boolean may, Route route, Identity identity, String where) {
    if (!may) {
      throw Access.forbidden(identity.actor() + " may not " + route.permission() + " " + where);
    }
  }
}
