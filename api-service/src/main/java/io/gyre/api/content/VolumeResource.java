package io.gyre.api.content;

import io.gyre.api.auth.Reach;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.model.DeploymentKey;
import io.gyre.store.Store;
import io.gyre.store.VolumeRecord;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Named volumes that the runtimes have. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class VolumeResource {
  /**
   * @param usedBy deployments that want it or still run with it
   * @param removing whether it is about to go
   */
  record VolumeView(
      String namespace, String name, String runtime, List<String> usedBy, boolean removing) {}

  private final Store store;
  private final Volumes volumes;

  public VolumeResource(Store store, Volumes volumes) {
    this.store = store;
    this.volumes = volumes;
  }

  @GET
  @Path("/volumes")
  public Object all(
      @QueryParam("namespace") @Nullable String namespace,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    String only = Query.name("namespace", namespace);
    return store.snapshot(
        state ->
            Items.all(
                state.volumes(only).stream()
                    .filter(volume -> reach.includes(volume.namespace()))
                    .map(
                        (VolumeRecord volume) ->
                            new VolumeView(
                                volume.namespace(),
                                volume.name(),
                                volume.runtime(),
                                Volumes.users(state, volume.namespace(), volume.name()).stream()
                                    .map(DeploymentKey::toString)
                                    .toList(),
                                volume.removing()))
                    .toList()));
  }

  /** It is gone once it is no longer listed. */
  @DELETE
  @Path("/namespaces/{namespace}/volumes/{name}")
  public Response delete(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @Context ContainerRequestContext request) {
    volumes.delete(namespace, name, Call.of(request));
    return Response.accepted().build();
  }
}
