package io.gyre.api.auth;

import io.gyre.api.http.Identity;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What came of asking who makes a request and whether he may.
 *
 * @param reach where he may do what the route is for
 */
public record Access(Identity identity, Caller caller, Reach reach) {
  private static final String PROPERTY = "gyre.access";

  /**
   * What a thing needs, of which a request may name many.
   *
   * @param because which thing; empty where it needs no telling
   */
  public record Need(Permission permission, @Nullable String namespace, String because) {
    /**
     * @param permission as in {@code deployments:write}
     */
    public static Need of(String permission, String namespace) {
      return of(permission, namespace, "");
    }

    static Need of(String permission, String namespace, String because) {
      return new Need(Permission.of(permission), namespace, because);
    }

    @Override
    public String toString() {
      return permission + " " + where(namespace) + (because.isEmpty() ? "" : " (" + because + ")");
    }
  }

  /**
   * @throws IllegalStateException for a route that is open to all
   */
  public static Access of(ContainerRequestContext request) {
    if (request.getProperty(PROPERTY) instanceof Access access) {
      return access;
    }
    throw new IllegalStateException("nobody was asked who makes this request");
  }

  void attach(ContainerRequestContext request) {
    request.setProperty(PROPERTY, this);
  }

  /** Whether he may do this to what is in no namespace. */
  public boolean may(String permission) {
    return caller.rights().reach(Permission.of(permission)).everywhere();
  }

  /**
   * @throws GyreException {@code auth.forbidden} that names everything that he may not
   */
  public void require(List<Need> needs) {
    Set<String> refused = new LinkedHashSet<>();
    for (Need need : needs) {
      if (!caller.rights().reach(need.permission()).includes(need.namespace())) {
        refused.add(need.toString());
      }
    }
    if (!refused.isEmpty()) {
      List<String> shown = new ArrayList<>(refused).subList(0, Math.min(10, refused.size()));
      String more = refused.size() > 10 ? " and " + (refused.size() - 10) + " more" : "";
      throw forbidden(
          identity.actor() + " may not " + shown.stream().collect(Collectors.joining(", ")) + more);
    }
  }

  /**
   * @throws GyreException {@code auth.forbidden}
   */
  public void requireOnHost(String permission) {
    require(List.of(new Need(Permission.of(permission), null, "")));
  }

  /** Of the session that asks; empty where it isn't one. */
  public String sessionHash() {
    return caller.session() == null ? "" : caller.session().sha256();
  }

  static String where(@Nullable String namespace) {
    return namespace == null ? "for the whole host" : "in namespace " + namespace;
  }

  static GyreException forbidden(String message) {
    return new GyreException(
        ErrorKind.FORBIDDEN,
        "auth.forbidden",
        message,
        "ask an admin for a role that may: gyre user roles; gyre whoami shows what you may");
  }
}
