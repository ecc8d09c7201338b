package io.gyre.api.secret;

import io.gyre.api.auth.Reach;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.store.SecretRecord;
import io.gyre.store.SecretState;
import io.gyre.store.SecretVersion;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Secrets. What comes in goes nowhere but into an envelope; no answer has a value. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class SecretResource {
  /** Values are base64; never printed. */
  record NewSecret(@Nullable String name, @Nullable Map<String, @Nullable String> entries) {
    @Override
    public String toString() {
      return "NewSecret[" + name + "]";
    }
  }

  /** Values are base64; never printed. */
  record Entries(
      @Nullable Map<String, @Nullable String> entries,
      @Nullable List<String> removed,
      @Nullable Boolean merge) {
    @Override
    public String toString() {
      return "Entries[]";
    }
  }

  record Rollback(@Nullable Long version) {}

  record View(
      String namespace,
      String name,
      long version,
      List<String> keys,
      String digest,
      Instant createdAt,
      Instant updatedAt) {}

  record VersionView(
      long version,
      List<String> keys,
      String digest,
      Instant createdAt,
      String actor,
      String correlation) {}

  private final Store store;
  private final Secrets secrets;

  public SecretResource(Store store, Secrets secrets) {
    this.store = store;
    this.secrets = secrets;
  }

  @GET
  @Path("/secrets")
  public Object all(
      @QueryParam("namespace") @Nullable String namespace,
      @Context ContainerRequestContext request) {
    String wanted = Query.name("namespace", namespace);
    Reach reach = Reach.of(request);
    return store.secrets(
        state ->
            Items.all(
                views(state, wanted).stream()
                    .filter(each -> reach.includes(each.namespace()))
                    .toList()));
  }

  @GET
  @Path("/namespaces/{namespace}/secrets")
  public Object list(@PathParam("namespace") String namespace) {
    return store.secrets(state -> Items.all(views(state, namespace)));
  }

  @POST
  @Path("/namespaces/{namespace}/secrets")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response create(
      @PathParam("namespace") String namespace,
      NewSecret body,
      @Context ContainerRequestContext request) {
    String name = body.name();
    if (name == null) {
      throw Call.badField("secret.name.invalid", "name", "the secret needs a name");
    }
    SecretVersion made =
        secrets.create(namespace, name, NewEntries.decode(body.entries()), Call.of(request));
    return answer(201, made);
  }

  @GET
  @Path("/namespaces/{namespace}/secrets/{name}")
  public Response show(@PathParam("namespace") String namespace, @PathParam("name") String name) {
    View view =
        store.secrets(
            state ->
                state
                    .secret(namespace, name)
                    .flatMap(secret -> view(state, secret))
                    .orElseThrow(() -> Secrets.notFound(namespace, name)));
    return Response.ok(view).header(HttpHeaders.ETAG, etag(view.version())).build();
  }

  @GET
  @Path("/namespaces/{namespace}/secrets/{name}/versions")
  public Object versions(@PathParam("namespace") String namespace, @PathParam("name") String name) {
    return store.secrets(
        state -> {
          if (state.secret(namespace, name).isEmpty()) {
            throw Secrets.notFound(namespace, name);
          }
          return Items.all(
              state.secretVersions(namespace, name).stream()
                  .map(SecretResource::versionView)
                  .toList());
        });
  }

  @PUT
  @Path("/namespaces/{namespace}/secrets/{name}")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response change(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      Entries body,
      @Context ContainerRequestContext request) {
    List<String> removed = body.removed();
    boolean merge = Boolean.TRUE.equals(body.merge());
    if (removed != null && !removed.isEmpty() && !merge) {
      throw Call.badField(
          "secret.removed.invalid", "removed", "without merge, what isn't in entries goes anyway");
    }
    return answer(
        200,
        secrets.change(
            namespace,
            name,
            NewEntries.decode(body.entries()),
            removed == null ? List.of() : removed,
            merge,
            ifMatch,
            Call.of(request)));
  }

  @POST
  @Path("/namespaces/{namespace}/secrets/{name}/rollback")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response rollback(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      Rollback body,
      @Context ContainerRequestContext request) {
    Long version = body.version();
    if (version == null) {
      throw Call.badField("secret.version.required", "version", "back to which version?");
    }
    return answer(200, secrets.rollback(namespace, name, version, ifMatch, Call.of(request)));
  }

  @DELETE
  @Path("/namespaces/{namespace}/secrets/{name}")
  public Response delete(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    secrets.delete(namespace, name, ifMatch, Call.of(request));
    return Response.noContent().build();
  }

  private Response answer(int status, SecretVersion version) {
    View view =
        store.secrets(
            state ->
                state
                    .secret(version.namespace(), version.name())
                    .map(secret -> view(secret, version))
                    .orElseThrow(() -> Secrets.notFound(version.namespace(), version.name())));
    return Response.status(status)
        .entity(view)
        .header(HttpHeaders.ETAG, etag(view.version()))
        .build();
  }

  private static List<View> views(SecretState state, @Nullable String namespace) {
    return state.secrets(namespace).stream()
        .map(secret -> view(state, secret))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<View> view(SecretState state, SecretRecord secret) {
    return state
        .secretVersion(secret.namespace(), secret.name(), secret.version())
        .map(version -> view(secret, version));
  }

  private static View view(SecretRecord secret, SecretVersion version) {
    return new View(
        secret.namespace(),
        secret.name(),
        version.version(),
        version.keys(),
        version.digest(),
        secret.createdAt(),
        version.createdAt());
  }

  private static VersionView versionView(SecretVersion version) {
    return new VersionView(
        version.version(),
        version.keys(),
        version.digest(),
        version.createdAt(),
        version.actor(),
        version.correlation());
  }

  private static String etag(long version) {
    return "\"" + version + "\"";
  }
}
