package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.auth.Grants;
import io.gyre.api.http.Call;
import io.gyre.api.http.Peer;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.SessionRecord;
import io.gyre.store.Store;
import io.gyre.store.TokenRecord;
import io.gyre.store.UserRecord;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Who is there: log in, log out, and who one is. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class LoginResource {
  record Login(@Nullable String user, @Nullable String password) {
    /** Says nothing of the password. */
    @Override
    public String toString() {
      return "Login[" + user + "]";
    }
  }

  /**
   * @param token the session's secret, to be sent as a bearer token
   */
  record SessionView(String user, String token, Instant expiresAt, long idleSeconds) {}

  /**
   * @param rules what is allowed; of a token, within its scopes and namespaces
   * @param expiresAt null: never
   */
  record WhoView(
      String actor,
      String kind,
      String name,
      @Nullable String user,
      List<String> roles,
      @Nullable List<String> scopes,
      @Nullable List<String> namespaces,
      List<String> rules,
      @Nullable Instant expiresAt,
      String address) {}

  private final Store store;
  private final Logins logins;

  public LoginResource(Store store, Logins logins) {
    this.store = store;
    this.logins = logins;
  }

  @POST
  @Path("/login")
  @Consumes(MediaType.APPLICATION_JSON)
  public Object login(@Context ContainerRequestContext request, @Nullable Login body) {
    String user = body == null ? null : body.user();
    String password = body == null ? null : body.password();
    if (user == null || password == null) {
      throw Call.badField("login.invalid", "user", "give user and password");
    }
    request.setProperty(Call.CLAIMED, user);
    Logins.Opened opened = logins.login(user, password, Peer.address(request));
    return new SessionView(
        user,
        opened.secret(),
        opened.session().expiresAt(),
        io.gyre.api.auth.Authority.IDLE.toSeconds());
  }

  @POST
  @Path("/logout")
  public Response logout(@Context ContainerRequestContext request) {
    SessionRecord session = Access.of(request).caller().session();
    if (session == null) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "logout.no_session",
          "this is no login that could end",
          "a token is ended by gyre token revoke");
    }
    logins.logout(session);
    return Response.noContent().build();
  }

  @GET
  @Path("/whoami")
  public Object whoami(@Context ContainerRequestContext request) {
    Access access = Access.of(request);
    String user = access.caller().user();
    TokenRecord token = access.caller().token();
    List<String> roles =
        store.identities(
            state -> {
              if (user != null) {
                return state.user(user).map(UserRecord::grants).orElse(List.of());
              }
              return List.of(token == null ? "admin" : token.role());
            });
    return new WhoView(
        access.identity().actor(),
        access.identity().kind().name().toLowerCase(Locale.ROOT),
        access.identity().name(),
        user,
        roles,
        token == null ? null : token.scopes(),
        token == null ? null : token.namespaces(),
        Grants.texts(access),
        access.caller().ends(),
        access.identity().address());
  }
}
