package io.gyre.api.status;

import io.gyre.manifest.ManifestSchema;
import io.gyre.model.Component;
import io.gyre.model.GyreException;
import io.gyre.store.Store;
import io.gyre.store.StoreStats;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether Gyre is well, and what its API looks like. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class StatusResource {
  record Health(String state) {}

  record Status(
      String version,
      List<ComponentView> components,
      StoreView store,
      Counts counts,
      boolean databaseOk,
      @Nullable String secretKeys) {}

  /** Null where the database doesn't answer. */
  record StoreView(
      @Nullable Long schemaVersion, @Nullable Long databaseBytes, @Nullable Long logBytes) {}

  record Counts(long deployments, long instances, Map<String, Long> byState) {}

  private final Store store;
  private final Components components;
  private final Supplier<String> secretKeys;
  private final String version;

  /**
   * @param secretKeys how the keys are that secrets are sealed under
   */
  public StatusResource(Store store, Components components, Supplier<String> secretKeys) {
    this.secretKeys = secretKeys;
    this.store = store;
    this.components = components;
    this.version = version();
  }

  @GET
  @Path("/health")
  public Object health() {
    return new Health("up");
  }

  @GET
  @Path("/status")
  public Object status() {
    List<ComponentView> parts = Arrays.stream(Component.values()).map(components::view).toList();
    try {
      StoreStats stats = store.stats();
      String keys = secretKeys.get();
      return store.snapshot(
          state -> {
            Map<String, Long> byState = new TreeMap<>();
            state.instanceCounts().forEach((key, count) -> byState.put(key.id(), count));
            long instances = byState.values().stream().mapToLong(Long::longValue).sum();
            return new Status(
                version,
                parts,
                new StoreView(state.schemaVersion(), stats.dbBytes(), stats.walBytes()),
                new Counts(state.deploymentCount(), instances, byState),
                true,
                keys);
          });
    } catch (GyreException e) {
      return new Status(
          version, parts, new StoreView(null, null, null), new Counts(0, 0, Map.of()), false, null);
    }
  }

  @GET
  @Path("/schema")
  public Response schema() {
    return Response.ok(ManifestSchema.text(), MediaType.APPLICATION_JSON_TYPE).build();
  }

  @GET
  @Path("/openapi.json")
  public Response openapi() throws IOException {
    return Response.ok(resource("openapi.json"), MediaType.APPLICATION_JSON_TYPE).build();
  }

  /** Of this Gyre. */
  public static String version() {
    Properties properties = new Properties();
    try (InputStream in = stream("version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      return "unknown";
    }
    return properties.getProperty("version", "unknown");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = stream(name)) {
      return in.readAllBytes();
    }
  }

  private static InputStream stream(String name) {
    return Objects.requireNonNull(
        StatusResource.class.getResourceAsStream("/io/gyre/api/" + name), name);
  }
}
