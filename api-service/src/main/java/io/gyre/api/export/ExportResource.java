package io.gyre.api.export;

import io.gyre.api.auth.Reach;
import io.gyre.api.http.Items;
import io.gyre.model.GyreException;
import io.gyre.store.NamespaceRecord;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wanted, as manifests that apply to the same. */
@Path("/v1/export")
@Produces(MediaType.APPLICATION_JSON)
public final class ExportResource {
  /**
   * @param manifest empty where the namespace holds nothing
   */
  record Exported(String namespace, String manifest) {}

  private final Store store;

  public ExportResource(Store store) {
    this.store = store;
  }

  /** Of one namespace, or of all that the caller sees, one by one. */
  @GET
  public Object export(
      @QueryParam("namespace") @Nullable String namespace,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    return store.snapshot(
        state -> {
          List<String> names =
              state.namespaces().stream()
                  .map(NamespaceRecord::name)
                  .filter(name -> namespace == null || name.equals(namespace))
                  .filter(reach::includes)
                  .toList();
          if (namespace != null && names.isEmpty()) {
            throw GyreException.notFound("namespace", namespace, "gyre get namespaces");
          }
          return Items.all(names.stream().map(name -> export(state, name)).toList());
        });
  }

  private static Exported export(StateReader state, String namespace) {
    return new Exported(namespace, Wanted.text(state, namespace));
  }
}
