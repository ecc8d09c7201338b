package io.gyre.api.content;

import io.gyre.api.auth.Reach;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.model.ConfigContent;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.store.ConfigRecord;
import io.gyre.store.ConfigVersion;
import io.gyre.store.ContentUse;
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
import org.jspecify.annotations.Nullable;

/** Configs of namespaces and their versions. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class ConfigResource {
  private static final String ONE = "/namespaces/{namespace}/configs/{name}";

  /** The body of a PUT; labels left out: they stay. */
  record Body(
      @Nullable Map<String, String> data,
      @Nullable Map<String, String> labels,
      @Nullable Map<String, String> binary) {}

  /** The body of a rollback. */
  record Back(@Nullable Long version) {}

  /**
   * @param version the newest, whose entries these are
   * @param binary in base64, what is no text
   * @param templates what the entries that refer to others are made from
   */
  record ConfigView(
      String namespace,
      String name,
      long version,
      Map<String, String> entries,
      Map<String, String> labels,
      Instant updatedAt,
      @Nullable Map<String, String> binary,
      @Nullable Map<String, String> templates) {
    static ConfigView of(ConfigRecord record) {
      return new ConfigView(
          record.namespace(),
          record.name(),
          record.version(),
          record.content().texts(),
          record.labels(),
          record.updatedAt(),
          unlessEmpty(record.content().binary()),
          unlessEmpty(record.content().templates()));
    }

    private static @Nullable Map<String, String> unlessEmpty(Map<String, String> map) {
      return map.isEmpty() ? null : map;
    }
  }

  /**
   * @param usedBy kept revisions that were made with it, as in {@code shop/web:3}
   */
  record VersionView(
      long version,
      String hash,
      Instant createdAt,
      String correlation,
      String actor,
      List<String> usedBy) {}

  /**
   * @param version that it runs with; null: the newest at each start
   */
  record UserView(String namespace, String deployment, long revision, @Nullable Long version) {
    static UserView of(ContentUse use) {
      DeploymentKey key = use.deployment();
      return new UserView(
          key.namespace(),
          key.name(),
          use.revision(),
          use.version() == 0 ? null : Long.valueOf(use.version()));
    }
  }

  record Details(ConfigView config, List<VersionView> versions, List<UserView> users) {}

  /**
   * @param rolled deployments that have a new revision for it, and why
   * @param others what becomes of its other users
   */
  record Changed(
      ConfigView config,
      boolean created,
      boolean changed,
      List<String> rolled,
      List<String> others) {
    static Changed of(Configs.Outcome outcome) {
      return new Changed(
          ConfigView.of(outcome.config()),
          outcome.created(),
          outcome.changed(),
          outcome.users().stream()
              .filter(ContentUsers.User::rolls)
              .map(user -> user.after().key() + ": " + user.reason())
              .toList(),
          outcome.users().stream()
              .filter(user -> !user.rolls())
              .map(user -> user.after().key() + ": " + user.reason())
              .toList());
    }
  }

  private final Store store;
  private final Configs configs;

  public ConfigResource(Store store, Configs configs) {
    this.store = store;
    this.configs = configs;
  }

  @GET
  @Path("/configs")
  public Object all(
      @QueryParam("namespace") @Nullable String namespace,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    return Items.all(
        store.read().configs(Query.name("namespace", namespace)).stream()
            .filter(each -> reach.includes(each.namespace()))
            .map(ConfigView::of)
            .toList());
  }

  @GET
  @Path(ONE)
  public Response one(@PathParam("namespace") String namespace, @PathParam("name") String name) {
    return store.snapshot(
        state -> {
          ConfigRecord config =
              state
                  .configRecord(namespace, name)
                  .orElseThrow(() -> Configs.notFound(namespace, name));
          List<ContentUse> uses = state.uses(namespace, ContentRef.config(name));
          return Response.ok(
                  new Details(
                      ConfigView.of(config),
                      state.configVersions(namespace, name).stream()
                          .map(version -> version(version, uses))
                          .toList(),
                      uses.stream().filter(ContentUse::wanted).map(UserView::of).toList()))
              .header(HttpHeaders.ETAG, "\"" + config.version() + "\"")
              .build();
        });
  }

  private static VersionView version(ConfigVersion version, List<ContentUse> uses) {
    return new VersionView(
        version.version(),
        version.hash(),
        version.createdAt(),
        version.correlation(),
        version.actor(),
        uses.stream()
            .filter(use -> use.version() == version.version())
            .map(use -> use.deployment() + ":" + use.revision())
            .toList());
  }

  /** With {@code If-None-Match: *} only where there is none yet. */
  @PUT
  @Path(ONE)
  @Consumes(MediaType.APPLICATION_JSON)
  public Response put(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch,
      @Context ContainerRequestContext request,
      @Nullable Body body) {
    Map<String, String> data = body == null ? null : body.data();
    Map<String, String> binary = body == null ? null : body.binary();
    if (body == null || (data == null && binary == null)) {
      throw Call.badField("config.data.required", "data", "is missing: its entries");
    }
    Configs.Outcome outcome =
        configs.put(
            namespace,
            name,
            new Configs.Content(
                new ConfigContent(
                    data == null ? Map.of() : data, binary == null ? Map.of() : binary, Map.of()),
                body.labels()),
            "*".equals(ifNoneMatch),
            ifMatch,
            Call.of(request));
    return answer(outcome);
  }

  @POST
  @Path(ONE + "/rollback")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response rollBack(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request,
      @Nullable Back body) {
    Long version = body == null ? null : body.version();
    if (version == null || version < 1) {
      throw Call.badField("config.version.invalid", "version", "must be a version, from 1");
    }
    return answer(configs.rollBack(namespace, name, version, ifMatch, Call.of(request)));
  }

  private static Response answer(Configs.Outcome outcome) {
    return Response.status(outcome.created() ? 201 : 200)
        .header(HttpHeaders.ETAG, "\"" + outcome.config().version() + "\"")
        .entity(Changed.of(outcome))
        .build();
  }

  @DELETE
  @Path(ONE)
  public Response delete(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    configs.delete(namespace, name, ifMatch, Call.of(request));
    return Response.noContent().build();
  }
}
