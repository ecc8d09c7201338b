package io.gyre.api.status;

import io.gyre.api.auth.Access;
import io.gyre.api.auth.Reach;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.model.Quota;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.Usage;
import io.gyre.store.DesiredTx;
import io.gyre.store.NamespaceRecord;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Namespaces and runtimes. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class InventoryResource {
  record NewNamespace(@Nullable String name) {}

  /** Null: without a bound. */
  record QuotaView(
      @Nullable Long deployments,
      @Nullable Long instances,
      @Nullable Long memoryBytes,
      @Nullable Long cpuMillis) {}

  record UsageView(long deployments, long instances, long memoryBytes, long cpuMillis) {}

  /**
   * @param quota null: none
   * @param used what its deployments want
   * @param deleting whether all of it is to go
   */
  record NamespaceView(
      String name,
      Instant createdAt,
      @Nullable QuotaView quota,
      UsageView used,
      @Nullable Boolean deleting) {
    static NamespaceView of(NamespaceRecord record, @Nullable Quota quota, Usage usage) {
      return new NamespaceView(
          record.name(),
          record.createdAt(),
          quota == null
              ? null
              : new QuotaView(
                  quota.deployments(), quota.instances(), quota.memoryBytes(), quota.cpuMillis()),
          new UsageView(
              usage.deployments(),
              usage.instances(),
              usage.demand().memoryBytes(),
              usage.demand().cpuMillis()),
          record.deleting() ? true : null);
    }
  }

  record RuntimeView(
      String name,
      String version,
      String state,
      @Nullable String message,
      Set<String> capabilities,
      String source,
      Instant since) {
    static RuntimeView of(RuntimeInfo runtime) {
      return new RuntimeView(
          runtime.name(),
          runtime.version(),
          runtime.state().name().toLowerCase(Locale.ROOT),
          runtime.message(),
          runtime.capabilities(),
          runtime.source(),
          runtime.since());
    }
  }

  private final Store store;
  private final Clock clock;

  public InventoryResource(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  @GET
  @Path("/namespaces")
  public Object namespaces(@Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    return store.snapshot(
        state -> {
          Map<String, Quota> quotas = state.quotas();
          return Items.all(
              state.namespaces().stream()
                  .filter(each -> reach.includes(each.name()))
                  .map(
                      each ->
                          NamespaceView.of(each, quotas.get(each.name()), state.usage(each.name())))
                  .toList());
        });
  }

  @POST
  @Path("/namespaces")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response createNamespace(
      @Context ContainerRequestContext request, @Nullable NewNamespace body) {
    String name = body == null ? null : body.name();
    if (name == null || !Names.valid(name)) {
      throw Call.badField("namespace.name.invalid", "name", "must be a name: " + Names.RULE);
    }
    Access.of(request).require(List.of(Access.Need.of("namespaces:write", name)));
    Call call = Call.of(request);
    NamespaceRecord created =
        store
            .desired()
            .transact(
                tx -> {
                  if (find(tx.namespaces(), name).isPresent()) {
                    throw new GyreException(
                        ErrorKind.ALREADY_EXISTS,
                        "namespace.exists",
                        "the namespace " + name + " exists already",
                        null);
                  }
                  tx.putNamespace(name);
                  record(tx, "create", name, call);
                  return find(tx.namespaces(), name).orElseThrow();
                });
    return Response.status(201).entity(NamespaceView.of(created, null, Usage.NONE)).build();
  }

  private void record(DesiredTx tx, String verb, String namespace, Call call) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0,
                clock.instant(),
                call.actor(),
                verb,
                namespace,
                null,
                0,
                "namespace",
                call.correlation()));
  }

  private static Optional<NamespaceRecord> find(List<NamespaceRecord> all, String name) {
    return all.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  @GET
  @Path("/runtimes")
  public Object runtimes() {
    return Items.all(store.read().runtimes().stream().map(RuntimeView::of).toList());
  }
}
