package io.gyre.api.namespace;

import io.gyre.api.http.Call;
import io.gyre.api.http.Query;
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

/** One namespace: what is in it, and its end. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class NamespaceResource {
  private static final String ONE = "/namespaces/{namespace}";

  /**
   * @param deleting whether all of it is to go
   */
  record ContentView(
      String name,
      boolean deleting,
      List<String> deployments,
      List<String> configs,
      List<String> volumes,
      List<String> secrets) {}

  private final Namespaces namespaces;

  public NamespaceResource(Namespaces namespaces) {
    this.namespaces = namespaces;
  }

  @GET
  @Path(ONE)
  public ContentView read(@PathParam("namespace") String name) {
    boolean deleting = namespaces.find(name).deleting();
    Namespaces.Content content = namespaces.content(name);
    return new ContentView(
        name,
        deleting,
        content.deployments(),
        content.configs(),
        content.volumes(),
        content.secrets());
  }

  /** With {@code cascade} all that is in it goes first: 202, and it is gone once it isn't found. */
  @DELETE
  @Path(ONE)
  public Response delete(
      @PathParam("namespace") String name,
      @QueryParam("cascade") @Nullable String cascade,
      @Context ContainerRequestContext request) {
    boolean gone = namespaces.delete(name, Query.flag("cascade", cascade), Call.of(request));
    return Response.status(gone ? 204 : 202).build();
  }
}
