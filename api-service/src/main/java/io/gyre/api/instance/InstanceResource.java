package io.gyre.api.instance;

import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
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
      @QueryParam("continue") @Nullable String position) {
    int size = Query.pageSize(limit);
    return Items.page(
        store
            .read()
            .instances(
                Query.name("namespace", namespace),
                Query.name("deployment", deployment),
                after(position),
                size + 1),
        size,
        InstanceRecord::id,
        InstanceView::of);
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
    return InstanceView.of(find(store, id));
  }

  /**
   * @throws GyreException where there is no such instance
   */
  public static InstanceRecord find(Store store, String id) {
    return store.read().instance(new InstanceId(id)).orElseThrow(() -> notFound(id));
  }

  public static GyreException notFound(String id) {
    return GyreException.notFound("instance", id, "see what there is: gyre get instances -A");
  }
}
