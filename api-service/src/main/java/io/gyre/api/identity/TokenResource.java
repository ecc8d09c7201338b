package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.store.TokenRecord;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Service tokens. The secret of one is told once, where it is made. */
@Path("/v1/tokens")
@Produces(MediaType.APPLICATION_JSON)
public final class TokenResource {
  /**
   * @param user whose it is; null: the caller's
   * @param scopes null: all that the owner may
   * @param namespaces null: wherever the owner may
   * @param expiresIn as in {@code 30d}, or {@code never}; null: 90 days
   */
  record NewToken(
      @Nullable String name,
      @Nullable String user,
      @Nullable List<@Nullable String> scopes,
      @Nullable List<@Nullable String> namespaces,
      @Nullable String expiresIn) {}

  /**
   * @param grace how long the secret before counts yet; null: not at all
   * @param expiresIn null: as before
   */
  record Rotation(@Nullable String grace, @Nullable String expiresIn) {}

  /**
   * @param token the secret, in the answer that makes it and never again
   * @param owner null: nobody
   * @param expiresAt null: never
   * @param previousUntil until when the secret before counts
   */
  record TokenView(
      String name,
      @Nullable String token,
      @Nullable String owner,
      @Nullable String role,
      List<String> scopes,
      List<String> namespaces,
      Instant createdAt,
      String createdBy,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsedAt,
      @Nullable Instant previousUntil) {
    static TokenView of(TokenRecord token, @Nullable String secret) {
      return new TokenView(
          token.name(),
          secret,
          token.owner(),
          token.role().isEmpty() ? null : token.role(),
          token.scopes(),
          token.namespaces(),
          token.createdAt(),
          token.createdBy(),
          token.expiresAt(),
          token.lastUsedAt(),
          token.previousUntil());
    }

    /** Says nothing of the secret. */
    @Override
    public String toString() {
      return "TokenView[" + name + "]";
    }
  }

  private final ServiceTokens tokens;

  public TokenResource(ServiceTokens tokens) {
    this.tokens = tokens;
  }

  @GET
  public Object list(@Context ContainerRequestContext request) {
    return Items.all(
        tokens.list(Access.of(request)).stream().map(each -> TokenView.of(each, null)).toList());
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Response create(@Context ContainerRequestContext request, @Nullable NewToken body) {
    NewToken given = body == null ? new NewToken(null, null, null, null, null) : body;
    ServiceTokens.Issued issued = tokens.create(given, Access.of(request), Call.of(request));
    return Response.status(201).entity(TokenView.of(issued.record(), issued.secret())).build();
  }

  @POST
  @Path("/{name}/rotate")
  @Consumes(MediaType.APPLICATION_JSON)
  public Object rotate(
      @PathParam("name") String name,
      @Context ContainerRequestContext request,
      @Nullable Rotation body) {
    ServiceTokens.Issued issued =
        tokens.rotate(
            name,
            body == null ? null : body.grace(),
            body == null ? null : body.expiresIn(),
            Access.of(request),
            Call.of(request));
    return TokenView.of(issued.record(), issued.secret());
  }

  /** At once. */
  @DELETE
  @Path("/{name}")
  public Response revoke(@PathParam("name") String name, @Context ContainerRequestContext request) {
    tokens.revoke(name, Access.of(request), Call.of(request));
    return Response.noContent().build();
  }
}
