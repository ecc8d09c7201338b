package io.gyre.api.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.admission.NodeResource;
import io.gyre.api.apply.ApplyResource;
import io.gyre.api.audit.AuditResource;
import io.gyre.api.backup.BackupResource;
import io.gyre.api.content.ConfigResource;
import io.gyre.api.content.VolumeResource;
import io.gyre.api.deployment.DeploymentResource;
import io.gyre.api.deployment.JobResource;
import io.gyre.api.deployment.RolloutResource;
import io.gyre.api.event.EventResource;
import io.gyre.api.export.ExportResource;
import io.gyre.api.identity.LoginResource;
import io.gyre.api.identity.PolicyResource;
import io.gyre.api.identity.TokenResource;
import io.gyre.api.identity.UserResource;
import io.gyre.api.instance.InstanceResource;
import io.gyre.api.metrics.MetricsResource;
import io.gyre.api.metrics.PrometheusResource;
import io.gyre.api.namespace.NamespaceResource;
import io.gyre.api.secret.KeyResource;
import io.gyre.api.secret.SecretResource;
import io.gyre.api.status.InventoryResource;
import io.gyre.api.status.PluginResource;
import io.gyre.api.status.StatusResource;
import io.gyre.api.stream.StreamResource;
import io.gyre.api.webhook.WebhookResource;
import io.gyre.api.why.WhyResource;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The routes, their permissions and their description are the same. */
final class RoutesTest {
  private static final List<Class<?>> RESOURCES =
      List.of(
          ApplyResource.class,
          AuditResource.class,
          BackupResource.class,
          ConfigResource.class,
          DeploymentResource.class,
          EventResource.class,
          ExportResource.class,
          InstanceResource.class,
          InventoryResource.class,
          JobResource.class,
          KeyResource.class,
          LoginResource.class,
          MetricsResource.class,
          NamespaceResource.class,
          NodeResource.class,
          PluginResource.class,
          PolicyResource.class,
          PrometheusResource.class,
          RolloutResource.class,
          SecretResource.class,
          StatusResource.class,
          StreamResource.class,
          TokenResource.class,
          UserResource.class,
          VolumeResource.class,
          WebhookResource.class,
          WhyResource.class);

  /** Route to what its methods take, as in {@code query limit}. */
  private static SortedMap<String, Set<String>> routes() {
    SortedMap<String, Set<String>> routes = new TreeMap<>();
    for (Class<?> resource : RESOURCES) {
      for (Method method : resource.getDeclaredMethods()) {
        Routes.route(method)
            .ifPresent(
                route -> {
                  Set<String> inputs = routes.computeIfAbsent(route, _ -> new TreeSet<>());
                  for (Parameter parameter : method.getParameters()) {
                    QueryParam query = parameter.getAnnotation(QueryParam.class);
                    PathParam path = parameter.getAnnotation(PathParam.class);
                    HeaderParam header = parameter.getAnnotation(HeaderParam.class);
                    if (query != null) {
                      inputs.add("query " + query.value());
                    } else if (path != null) {
                      inputs.add("path " + path.value());
                    } else if (header != null) {
                      inputs.add("header " + header.value());
                    }
                  }
                  Consumes consumes = method.getAnnotation(Consumes.class);
                  if (consumes != null) {
                    Stream.of(consumes.value()).forEach(type -> inputs.add("body " + type));
                  }
                });
      }
    }
    return routes;
  }

  @Test
  void everyResourceIsLookedAt() throws IOException {
    try (Stream<java.nio.file.Path> files =
        Files.walk(java.nio.file.Path.of("src/main/java/io/gyre/api"))) {
      List<String> found =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith("Resource.java"))
              .sorted()
              .toList();
      assertThat(found)
          .isEqualTo(RESOURCES.stream().map(each -> each.getSimpleName() + ".java").toList());
    }
  }

  @Test
  void everyRouteHasAPermissionAndNothingElseHas() {
    assertThat(Routes.table().keySet()).isEqualTo(routes().keySet());
  }

  @Test
  void onlyHealthTheDescriptionAndTheLoginArePublic() {
    assertThat(
            Routes.table().entrySet().stream()
                .filter(entry -> entry.getValue().permission().equals(Permission.NONE))
                .map(entry -> entry.getKey()))
        .containsExactly("GET /v1/health", "GET /v1/openapi.json", "POST /v1/login");
    Routes.table()
        .forEach(
            (route, needed) -> {
              Permission permission = needed.permission();
              if (!permission.verb().equals("none")) {
                assertThat(permission.verb())
                    .as(route)
                    .isEqualTo(
                        route.startsWith("GET ")
                            ? "read"
                            : route.endsWith("/exec") ? "exec" : "write");
              }
            });
  }

  @Test
  void everyRouteSaysWhereItsNamespaceIs() {
    Routes.table()
        .forEach(
            (route, needed) -> {
              assertThat(needed.where() == Route.Where.PATH)
                  .as(route)
                  .isEqualTo(route.contains("{namespace}"));
              assertThat(needed.where() == Route.Where.INSTANCE)
                  .as(route)
                  .isEqualTo(route.contains("{id}"));
            });
    routes()
        .forEach(
            (route, inputs) -> {
              if (inputs.contains("query namespace")) {
                assertThat(Objects.requireNonNull(Routes.table().get(route)).where())
                    .as(route)
                    .isEqualTo(Route.Where.LIST);
              }
            });
  }

  @Test
  void everyKindOfThingIsForSomeRole() {
    Set<String> decided = new TreeSet<>(Roles.VIEWED);
    decided.addAll(Roles.OPERATED);
    decided.addAll(Roles.ADMINISTERED);
    decided.add(Roles.SELF);
    assertThat(decided).containsAll(Routes.verbs().keySet());
    assertThat(Roles.VIEWED)
        .doesNotContainAnyElementsOf(Roles.OPERATED)
        .doesNotContainAnyElementsOf(Roles.ADMINISTERED);
    assertThat(Roles.OPERATED).doesNotContainAnyElementsOf(Roles.ADMINISTERED);
  }

  /** A resource that nobody gave permissions to. */
  @Path("/v1/new")
  static final class Unmapped {
    @GET
    public String read() {
      return "";
    }
  }

  @Test
  void aRouteWithoutAPermissionDoesNotStart() {
    assertThatThrownBy(() -> Routes.routes(List.of(new Unmapped())))
        .hasMessageContaining("GET /v1/new");
  }

  @Test
  void theDescriptionIsComplete() throws IOException {
    JsonNode document = openapi();
    SortedMap<String, Set<String>> described = new TreeMap<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation -> {
                          Set<String> inputs = new TreeSet<>();
                          for (JsonNode input : operation.getValue().path("parameters")) {
                            inputs.add(
                                input.path("in").asText() + " " + input.path("name").asText());
                          }
                          operation
                              .getValue()
                              .path("requestBody")
                              .path("content")
                              .fieldNames()
                              .forEachRemaining(type -> inputs.add("body " + type));
                          described.put(
                              operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                              inputs);
                        }));
    assertThat(described).isEqualTo(routes());
  }

  @Test
  void theDescriptionRefersToWhatItHas() throws IOException {
    JsonNode document = openapi();
    Set<String> wanted = new TreeSet<>();
    document
        .findValuesAsText("$ref")
        .forEach(reference -> wanted.add(reference.substring("#/components/".length())));
    Set<String> there = new TreeSet<>();
    for (String kind : List.of("schemas", "responses")) {
      document
          .path("components")
          .path(kind)
          .fieldNames()
          .forEachRemaining(name -> there.add(kind + "/" + name));
    }
    assertThat(there).isEqualTo(wanted);
    assertThat(document.findValuesAsText("operationId")).doesNotHaveDuplicates();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation ->
                            assertThat(operation.getValue().has("security"))
                                .as(path.getKey())
                                .isEqualTo(
                                    Objects.equals(
                                        Objects.requireNonNull(
                                                Routes.table()
                                                    .get(
                                                        operation.getKey().toUpperCase(Locale.ROOT)
                                                            + " "
                                                            + path.getKey()))
                                            .permission(),
                                        Permission.NONE))));
  }

  private static JsonNode openapi() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(RoutesTest.class.getResourceAsStream("/io/gyre/api/openapi.json"))) {
      return new ObjectMapper().readTree(in);
    }
  }
}
