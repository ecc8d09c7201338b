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
      GET    /v1/status                                         read:status
      GET    /v1/node                                           read:status
      GET    /v1/schema                                         read:schema
      POST   /v1/apply                                          write:deployments
      GET    /v1/deployments                                    read:deployments
      GET    /v1/namespaces/{namespace}/deployments/{name}      read:deployments
      DELETE /v1/namespaces/{namespace}/deployments/{name}      write:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/scale      write:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/restart    write:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/stop       write:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/start      write:deployments
      GET    /v1/namespaces/{namespace}/deployments/{name}/revisions  read:deployments
      GET    /v1/namespaces/{namespace}/deployments/{name}/revisions/{revision}/diff  read:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollback   write:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollout/pause   write:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollout/resume  write:deployments
      GET    /v1/namespaces/{namespace}/deployments/{name}/runs       read:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/runs       write:deployments
      GET    /v1/namespaces/{namespace}/deployments/{name}/runs/{run}         read:deployments
      POST   /v1/namespaces/{namespace}/deployments/{name}/runs/{run}/cancel  write:deployments
      GET    /v1/namespaces/{namespace}/deployments/{name}/logs       read:logs
      GET    /v1/namespaces/{namespace}/deployments/{name}/why        read:deployments
      GET    /v1/instances                                      read:instances
      GET    /v1/instances/{id}                                 read:instances
      GET    /v1/instances/{id}/health                          read:instances
      GET    /v1/instances/{id}/logs                            read:logs
      GET    /v1/instances/{id}/why                             read:instances
      POST   /v1/instances/{id}/exec                            exec:instances
      GET    /v1/namespaces                                     read:namespaces
      POST   /v1/namespaces                                     write:namespaces
      DELETE /v1/namespaces/{namespace}                         write:namespaces
      GET    /v1/runtimes                                       read:runtimes
      GET    /v1/plugins                                        read:runtimes
      POST   /v1/plugins/{name}/rollback                        write:runtimes
      GET    /v1/configs                                        read:configs
      GET    /v1/events                                         read:events
      GET    /v1/metrics/instances                              read:metrics
      GET    /v1/metrics/instances/{id}                         read:metrics
      GET    /v1/metrics/deployments                            read:metrics
      GET    /v1/metrics/namespaces/{namespace}/deployments/{name}  read:metrics
      GET    /metrics                                           read:metrics
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
