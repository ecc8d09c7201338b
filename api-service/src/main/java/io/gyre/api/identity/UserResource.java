package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.store.IdentityState;
import io.gyre.store.LoginFailures;
import io.gyre.store.Store;
import io.gyre.store.UserRecord;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users. Nothing ever tells a password or its hash. */
@Path("/v1/users")
@Produces(MediaType.APPLICATION_JSON)
public final class UserResource {
  record NewUser(
      @Nullable String name, @Nullable String password, @Nullable List<@Nullable String> roles) {
    /** Says nothing of the password. */
    @Override
    public String toString() {
      return "NewUser[" + name + "]";
    }
  }

  record NewRoles(@Nullable List<@Nullable String> roles) {}

  /**
   * @param current the one before, from who changes his own
   */
  record NewPassword(@Nullable String password, @Nullable String current) {
    /** Says nothing of either. */
    @Override
    public String toString() {
      return "NewPassword";
    }
  }

  /**
   * @param password whether there is one
   * @param lockedUntil null: not locked
   */
  record UserView(
      String name,
      List<String> roles,
      boolean password,
      Instant createdAt,
      @Nullable Instant lastLoginAt,
      int sessions,
      @Nullable Instant lockedUntil) {}

  private final Store store;
  private final Users users;
  private final Clock clock;

  public UserResource(Store store, Users users, Clock clock) {
    this.store = store;
    this.users = users;
    this.clock = clock;
  }

  private UserView view(IdentityState state, UserRecord user) {
    Instant now = clock.instant();
    Instant locked =
        state
            .loginFailures(Lockout.USER.kind(), user.name())
            .map(LoginFailures::lockedUntil)
            .filter(until -> until.isAfter(now))
            .orElse(null);
    return new UserView(
        user.name(),
        user.grants(),
        user.password() != null,
        user.createdAt(),
        user.lastLoginAt(),
        (int)
            state.sessions(user.name()).stream()
                .filter(session -> session.expiresAt().isAfter(now))
                .count(),
        locked);
  }

  @GET
  public Object list() {
    return store.identities(
        state -> Items.all(state.users().stream().map(user -> view(state, user)).toList()));
  }

  @GET
  @Path("/{name}")
  public Object read(@PathParam("name") String name) {
    return store.identities(state -> view(state, Users.find(state, name)));
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Response create(@Context ContainerRequestContext request, @Nullable NewUser body) {
    NewUser given = body == null ? new NewUser(null, null, null) : body;
    UserRecord created =
        users.create(
            given.name(),
            given.password(),
            given.roles() == null ? List.of() : given.roles(),
            Access.of(request),
            Call.of(request));
    return Response.status(201)
        .entity(store.<Object>identities(state -> view(state, created)))
        .build();
  }

  /** With his tokens and sessions. */
  @DELETE
  @Path("/{name}")
  public Response delete(@PathParam("name") String name, @Context ContainerRequestContext request) {
    users.delete(name, Call.of(request));
    return Response.noContent().build();
  }

  @PUT
  @Path("/{name}/roles")
  @Consumes(MediaType.APPLICATION_JSON)
  public Object roles(
      @PathParam("name") String name,
      @Context ContainerRequestContext request,
      @Nullable NewRoles body) {
    UserRecord changed =
        users.roles(name, body == null ? null : body.roles(), Access.of(request), Call.of(request));
    return store.identities(state -> view(state, changed));
  }

  @PUT
  @Path("/{name}/password")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response password(
      @PathParam("name") String name,
      @Context ContainerRequestContext request,
      @Nullable NewPassword body) {
    users.password(
        name,
        body == null ? null : body.password(),
        body == null ? null : body.current(),
        Access.of(request),
        Call.of(request));
    return Response.noContent().build();
  }

  @POST
  @Path("/{name}/unlock")
  public Response unlock(@PathParam("name") String name, @Context ContainerRequestContext request) {
    users.unlock(name, Call.of(request));
    return Response.noContent().build();
  }
}
