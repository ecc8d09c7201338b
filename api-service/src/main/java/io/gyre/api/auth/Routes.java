package io.gyre.api.auth;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Every route of the API and what it needs. A route that isn't here doesn't start. */
public final class Routes {
  private static final String TABLE =
      """
      GET    /v1/health                                         public
      GET    /v1/openapi.json                                   public
      GET    /v1/status                                         status:read
      GET    /v1/node                                           status:read
      GET    /v1/schema                                         schema:read
      POST   /v1/apply                                          deployments:write
      GET    /v1/deployments                                    deployments:read
      GET    /v1/namespaces/{namespace}/deployments/{name}      deployments:read
      DELETE /v1/namespaces/{namespace}/deployments/{name}      deployments:write
      POST   /v1/namespaces/{namespace}/deployments/{name}/scale      deployments:write
      POST   /v1/namespaces/{namespace}/deployments/{name}/restart    deployments:write
      POST   /v1/namespaces/{namespace}/deployments/{name}/stop       deployments:write
      POST   /v1/namespaces/{namespace}/deployments/{name}/start      deployments:write
      GET    /v1/namespaces/{namespace}/deployments/{name}/revisions  deployments:read
      GET    /v1/namespaces/{namespace}/deployments/{name}/revisions/{revision}/diff  deployments:read
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollback   deployments:write
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollout/pause   deployments:write
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollout/resume  deployments:write
      GET    /v1/namespaces/{namespace}/deployments/{name}/runs       deployments:read
      POST   /v1/namespaces/{namespace}/deployments/{name}/runs       deployments:write
      GET    /v1/namespaces/{namespace}/deployments/{name}/runs/{run}         deployments:read
      POST   /v1/namespaces/{namespace}/deployments/{name}/runs/{run}/cancel  deployments:write
      GET    /v1/namespaces/{namespace}/deployments/{name}/logs       logs:read
      GET    /v1/namespaces/{namespace}/deployments/{name}/why        deployments:read
      GET    /v1/instances                                      instances:read
      GET    /v1/instances/{id}                                 instances:read
      GET    /v1/instances/{id}/health                          instances:read
      GET    /v1/instances/{id}/logs                            logs:read
      GET    /v1/instances/{id}/why                             instances:read
      POST   /v1/instances/{id}/exec                            instances:exec
      GET    /v1/namespaces                                     namespaces:read
      POST   /v1/namespaces                                     namespaces:write
      DELETE /v1/namespaces/{namespace}                         namespaces:write
      GET    /v1/runtimes                                       runtimes:read
      GET    /v1/plugins                                        runtimes:read
      POST   /v1/plugins/{name}/rollback                        runtimes:write
      GET    /v1/configs                                        configs:read
      GET    /v1/events                                         events:read
      GET    /v1/metrics/instances                              metrics:read
      GET    /v1/metrics/instances/{id}                         metrics:read
      GET    /v1/metrics/deployments                            metrics:read
      GET    /v1/metrics/namespaces/{namespace}/deployments/{name}  metrics:read
      GET    /metrics                                           metrics:read
      """;

  private Routes() {}

  /** {@code GET /v1/health} to its permission. */
  static Map<String, Permission> table() {
    Map<String, Permission> table = new TreeMap<>();
    TABLE
        .lines()
        .map(line -> line.split("\\s+"))
        .forEach(parts -> table.put(parts[0] + " " + parts[1], Permission.of(parts[2])));
    return table;
  }

  /**
   * The permission of each method of the resources.
   *
   * @throws IllegalStateException where the table lacks one
   */
  static Map<Method, Permission> permissions(Collection<?> resources) {
    Map<String, Permission> table = table();
    Map<Method, Permission> permissions = new HashMap<>();
    for (Object resource : resources) {
      for (Method method : resource.getClass().getDeclaredMethods()) {
        route(method)
            .ifPresent(
                route ->
                    permissions.put(
                        method,
                        Objects.requireNonNull(
                            table.get(route), () -> "no permission for route " + route)));
      }
    }
    return permissions;
  }

  /** {@code GET /v1/health} of a resource method; empty for other methods. */
  public static Optional<String> route(Method method) {
    for (Annotation annotation : method.getAnnotations()) {
      HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
      if (verb != null) {
        Path root = Objects.requireNonNull(method.getDeclaringClass().getAnnotation(Path.class));
        Path path = method.getAnnotation(Path.class);
        String text = "/" + root.value() + (path == null ? "" : "/" + path.value());
        return Optional.of(verb.value() + " " + text.replaceAll("/+", "/"));
      }
    }
    return Optional.empty();
  }
}
