package io.gyre.api.instance;

import io.gyre.api.auth.Reach;
import io.gyre.api.auth.Visible;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.model.DeploymentKey;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.ProbeRecord;
import io.gyre.store.EventQuery;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Instances. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class InstanceResource {
  private final Store store;

  public InstanceResource(Store store) {
    this.store = store;
  }

  @GET
  @Path("/instances")
  public Object list(
      @QueryParam("namespace") @Nullable String namespace,
      @QueryParam("deployment") @Nullable String deployment,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("continue") @Nullable String position,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    int size = Query.pageSize(limit);
    String inNamespace = Query.name("namespace", namespace);
    String ofDeployment = Query.name("deployment", deployment);
    InstanceId after = after(position);
    return store.snapshot(
        state ->
            Items.page(
                Visible.page(
                    reach,
                    after,
                    size + 1,
                    (from, most) -> state.instances(inNamespace, ofDeployment, from, most),
                    InstanceRecord::id,
                    each -> each.deployment().namespace()),
                size,
                InstanceRecord::id,
                each -> view(state, each)));
  }

  private static @Nullable InstanceId after(@Nullable String position) {
    String text = Query.after(position);
    try {
      return text == null ? null : new InstanceId(text);
    } catch (GyreException e) {
      throw Query.badPosition(String.valueOf(position));
    }
  }

  @GET
  @Path("/instances/{id}")
  public Object read(@PathParam("id") String id) {
    InstanceId instance = new InstanceId(id);
    return store.snapshot(
        state -> view(state, state.instance(instance).orElseThrow(() -> notFound(id))));
  }

  private static InstanceView view(StateReader state, InstanceRecord instance) {
    return InstanceView.of(instance, state.conditions(instance.deployment(), instance.id()));
  }

  /** Also of an instance that is gone, as long as that is kept. */
  @GET
  @Path("/instances/{id}/health")
  public Object health(@PathParam("id") String id) {
    InstanceId instance = new InstanceId(id);
    return store.snapshot(
        state -> {
          Optional<InstanceRecord> record = state.instance(instance);
          List<ProbeRecord> probes = state.probes(instance);
          if (record.isEmpty() && probes.isEmpty()) {
            throw notFound(id);
          }
          DeploymentKey key = record.map(InstanceRecord::deployment).orElse(null);
          HealthRestart restarts =
              key == null
                  ? HealthRestart.none(instance)
                  : state.healthRestarts(key).stream()
                      .filter(each -> each.instance().equals(instance))
                      .findFirst()
                      .orElse(HealthRestart.none(instance));
          return HealthView.of(instance, probes, restarts);
        });
  }

  /**
   * @throws GyreException where there is no such instance
   */
  public static InstanceRecord find(Store store, String id) {
    return store.read().instance(new InstanceId(id)).orElseThrow(() -> notFound(id));
  }

  /** Also of an instance that is gone, as long as something is kept of it. */
  public static Optional<String> namespace(Store store, String id) {
    return store.snapshot(
        state -> {
          Optional<String> found = Optional.empty();
          try {
            found = state.instance(new InstanceId(id)).map(each -> each.deployment().namespace());
          } catch (GyreException e) {
            // No id: there is no such instance.
            return found;
          }
          return found.or(
              () ->
                  state.events(new EventQuery(0, 1, null, null, id, null, true)).stream()
                      .map(EventRecord::namespace)
                      .filter(Objects::nonNull)
                      .findFirst());
        });
  }

  public static GyreException notFound(String id) {
    return GyreException.notFound("instance", id, "see what there is: gyre get instances -A");
  }
}
