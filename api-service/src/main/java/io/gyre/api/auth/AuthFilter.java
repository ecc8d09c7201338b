package io.gyre.api.auth;

import io.gyre.api.http.Call;
import io.gyre.api.problem.StatusException;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.TokenRecord;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.glassfish.jersey.server.ExtendedUriInfo;
import org.glassfish.jersey.server.model.ResourceMethod;
import org.jspecify.annotations.Nullable;

/** Lets a request through to its resource method only with a token that may. */
@Priority(Priorities.AUTHENTICATION)
public final class AuthFilter implements ContainerRequestFilter {
  private static final Pattern BEARER =
      Pattern.compile("bearer +([!-~]{1,512}) *", Pattern.CASE_INSENSITIVE);
  private static final String HINT =
      "send \"Authorization: Bearer TOKEN\"; the first token is in the file admin-token of the data"
          + " root";

  private final Tokens tokens;
  private final Map<Method, Permission> permissions;

  /**
   * @throws RuntimeException where a resource has a route that no permission is known of
   */
  public AuthFilter(Tokens tokens, Collection<?> resources) {
    this.tokens = tokens;
    this.permissions = Routes.permissions(resources);
  }

  @Override
  public void filter(ContainerRequestContext request) {
    Permission needed = needed(request);
    if (needed == null) {
      // Only what Jersey makes up itself, such as OPTIONS, has no permission.
      throw new StatusException(
          405, "http.method_not_allowed", "this method isn't allowed here", null);
    }
    if (needed.equals(Permission.NONE)) {
      return;
    }
    TokenRecord token = authenticate(request.getHeaderString("Authorization"));
    if (!allows(token.role(), needed)) {
      throw new GyreException(
          ErrorKind.FORBIDDEN,
          "auth.forbidden",
          "the token " + token.name() + " (role " + token.role() + ") may not " + needed,
          "use a token that may");
    }
    request.setProperty(Call.ACTOR, token.name());
  }

  private @Nullable Permission needed(ContainerRequestContext request) {
    ResourceMethod matched = ((ExtendedUriInfo) request.getUriInfo()).getMatchedResourceMethod();
    return matched == null ? null : permissions.get(matched.getInvocable().getHandlingMethod());
  }

  private TokenRecord authenticate(@Nullable String header) {
    if (header == null) {
      throw refused("auth.missing", "a token is required");
    }
    Matcher bearer = BEARER.matcher(header);
    if (!bearer.matches()) {
      throw refused("auth.malformed", "the Authorization header is not a bearer token");
    }
    return tokens
        .find(bearer.group(1))
        .orElseThrow(() -> refused("auth.invalid", "this token is not valid"));
  }

  private static GyreException refused(String code, String message) {
    return new GyreException(ErrorKind.UNAUTHENTICATED, code, message, HINT);
  }

  private static boolean allows(String role, Permission needed) {
    return switch (role) {
      case "admin" -> true;
      case "viewer" -> needed.verb().equals("read");
      default -> false;
    };
  }
}
