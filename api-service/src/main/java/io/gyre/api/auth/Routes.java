package io.gyre.api.auth;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Every route of the API, what it needs, and {@link Route.Where where}. A route that isn't here
 * doesn't start.
 */
public final class Routes {
  private static final String TABLE =
      """
      GET    /v1/health                                                   public             host
      GET    /v1/openapi.json                                             public             host
      GET    /v1/status                                                   status:read        host
      GET    /v1/node                                                     status:read        host
      GET    /v1/schema                                                   anyone             host
      POST   /v1/apply                                                    anyone             content
      GET    /v1/deployments                                              deployments:read   list
      GET    /v1/namespaces/{namespace}/deployments/{name}                deployments:read   path
      DELETE /v1/namespaces/{namespace}/deployments/{name}                deployments:write  path
      POST   /v1/namespaces/{namespace}/deployments/{name}/scale          deployments:write  path
      POST   /v1/namespaces/{namespace}/deployments/{name}/restart        deployments:write  path
      POST   /v1/namespaces/{namespace}/deployments/{name}/stop           deployments:write  path
      POST   /v1/namespaces/{namespace}/deployments/{name}/start          deployments:write  path
      GET    /v1/namespaces/{namespace}/deployments/{name}/revisions      deployments:read   path
      GET    /v1/namespaces/{namespace}/deployments/{name}/revisions/{revision}/diff deployments:read   path
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollback       deployments:write  path
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollout/pause  deployments:write  path
      POST   /v1/namespaces/{namespace}/deployments/{name}/rollout/resume deployments:write  path
      GET    /v1/namespaces/{namespace}/deployments/{name}/runs           deployments:read   path
      POST   /v1/namespaces/{namespace}/deployments/{name}/runs           deployments:write  path
      GET    /v1/namespaces/{namespace}/deployments/{name}/runs/{run}     deployments:read   path
      POST   /v1/namespaces/{namespace}/deployments/{name}/runs/{run}/cancel deployments:write  path
      GET    /v1/namespaces/{namespace}/deployments/{name}/logs           logs:read          path
      GET    /v1/namespaces/{namespace}/deployments/{name}/why            deployments:read   path
      GET    /v1/instances                                                instances:read     list
      GET    /v1/instances/{id}                                           instances:read     instance
      GET    /v1/instances/{id}/health                                    instances:read     instance
      GET    /v1/instances/{id}/logs                                      logs:read          instance
      GET    /v1/instances/{id}/why                                       instances:read     instance
      POST   /v1/instances/{id}/exec                                      instances:exec     instance
      GET    /v1/namespaces                                               namespaces:read    list
      POST   /v1/namespaces                                               namespaces:write   content
      GET    /v1/namespaces/{namespace}                                   namespaces:read    path
      DELETE /v1/namespaces/{namespace}                                   namespaces:write   path
      GET    /v1/volumes                                                  volumes:read       list
      DELETE /v1/namespaces/{namespace}/volumes/{name}                    volumes:write      path
      GET    /v1/runtimes                                                 runtimes:read      host
      GET    /v1/plugins                                                  runtimes:read      host
      POST   /v1/plugins/{name}/rollback                                  runtimes:write     host
      GET    /v1/configs                                                  configs:read       list
      GET    /v1/namespaces/{namespace}/configs/{name}                    configs:read       path
      PUT    /v1/namespaces/{namespace}/configs/{name}                    configs:write      path
      DELETE /v1/namespaces/{namespace}/configs/{name}                    configs:write      path
      POST   /v1/namespaces/{namespace}/configs/{name}/rollback           configs:write      path
      GET    /v1/secrets                                                  secrets:read       list
      GET    /v1/namespaces/{namespace}/secrets                           secrets:read       path
      POST   /v1/namespaces/{namespace}/secrets                           secrets:write      path
      GET    /v1/namespaces/{namespace}/secrets/{name}                    secrets:read       path
      GET    /v1/namespaces/{namespace}/secrets/{name}/versions           secrets:read       path
      PUT    /v1/namespaces/{namespace}/secrets/{name}                    secrets:write      path
      POST   /v1/namespaces/{namespace}/secrets/{name}/rollback           secrets:write      path
      DELETE /v1/namespaces/{namespace}/secrets/{name}                    secrets:write      path
      GET    /v1/keys                                                     keys:read          host
      POST   /v1/keys/rotate                                              keys:write         host
      GET    /v1/webhooks                                                 webhooks:read      host
      POST   /v1/webhooks                                                 webhooks:write     host
      GET    /v1/webhooks/{name}                                          webhooks:read      host
      DELETE /v1/webhooks/{name}                                          webhooks:write     host
      POST   /v1/webhooks/{name}/test                                     webhooks:write     host
      POST   /v1/webhooks/{name}/redeliver                                webhooks:write     host
      GET    /v1/namespaces/{namespace}/webhooks                          webhooks:read      path
      POST   /v1/namespaces/{namespace}/webhooks                          webhooks:write     path
      GET    /v1/namespaces/{namespace}/webhooks/{name}                   webhooks:read      path
      DELETE /v1/namespaces/{namespace}/webhooks/{name}                   webhooks:write     path
      POST   /v1/namespaces/{namespace}/webhooks/{name}/test              webhooks:write     path
      POST   /v1/namespaces/{namespace}/webhooks/{name}/redeliver         webhooks:write     path
      GET    /v1/events                                                   events:read        list
      GET    /v1/audit                                                    audit-all:read     host
      GET    /v1/audit/check                                              audit-all:read     host
      GET    /v1/namespaces/{namespace}/audit                             audit:read         path
      GET    /v1/metrics/instances                                        metrics:read       list
      GET    /v1/metrics/instances/{id}                                   metrics:read       instance
      GET    /v1/metrics/deployments                                      metrics:read       list
      GET    /v1/metrics/namespaces/{namespace}/deployments/{name}        metrics:read       path
      GET    /metrics                                                     metrics:read       list
      POST   /v1/login                                                    public             host
      POST   /v1/logout                                                   anyone             host
      GET    /v1/whoami                                                   anyone             host
      GET    /v1/users                                                    users:read         host
      POST   /v1/users                                                    users:write        host
      GET    /v1/users/{name}                                             users:read         host
      DELETE /v1/users/{name}                                             users:write        host
      PUT    /v1/users/{name}/roles                                       users:write        host
      PUT    /v1/users/{name}/password                                    self:write         host
      POST   /v1/users/{name}/unlock                                      users:write        host
      GET    /v1/policies                                                 users:read         host
      PUT    /v1/policies/{name}                                          users:write        host
      DELETE /v1/policies/{name}                                          users:write        host
      GET    /v1/tokens                                                   self:read          host
      POST   /v1/tokens                                                   self:write         host
      POST   /v1/tokens/{name}/rotate                                     self:write         host
      DELETE /v1/tokens/{name}                                            self:write         host
      GET    /v1/export                                                   deployments:read   list
      POST   /v1/backup                                                   backups:write      host
      GET    /v1/integrity                                                status:read        host
      """;

  private Routes() {}

  /** {@code GET /v1/health} to what it needs. */
  static Map<String, Route> table() {
    Map<String, Route> table = new TreeMap<>();
    TABLE
        .lines()
        .map(line -> line.split("\\s+"))
        .forEach(
            parts ->
                table.put(
                    parts[0] + " " + parts[1],
                    new Route(
                        Permission.of(parts[2]),
                        Route.Where.valueOf(parts[3].toUpperCase(Locale.ROOT)))));
    return table;
  }

  /** The kinds of things that rules and scopes can be about, to what can be done to them. */
  public static SortedMap<String, SortedSet<String>> verbs() {
    SortedMap<String, SortedSet<String>> verbs = new TreeMap<>();
    // Of no route: what a deployment needs besides.
    verbs.put(Roles.HOST, new TreeSet<>(Set.of("use")));
    for (Route route : table().values()) {
      Permission permission = route.permission();
      if (!permission.equals(Permission.NONE) && !permission.equals(Permission.ANYONE)) {
        verbs.computeIfAbsent(permission.resource(), _ -> new TreeSet<>()).add(permission.verb());
      }
    }
    return verbs;
  }

  /** Whether the audit log tells of everybody who only looks at it, too. */
  public static boolean looksAreNoted(String route) {
    Route found = table().get(route);
    if (found == null || !route.startsWith("GET ")) {
      return false;
    }
    Permission needed = found.permission();
    return needed.resource().startsWith("audit")
        || !(needed.verb().equals("read") || needed.verb().equals("none"));
  }

  /**
   * What each method of the resources needs.
   *
   * @throws IllegalStateException where the table lacks one
   */
  static Map<Method, Route> routes(Collection<?> resources) {
    Map<String, Route> table = table();
    Map<Method, Route> routes = new HashMap<>();
    for (Object resource : resources) {
      for (Method method : resource.getClass().getDeclaredMethods()) {
        route(method)
            .ifPresent(
                route ->
                    routes.put(
                        method,
                        Objects.requireNonNull(
                            table.get(route), () -> "no permission for route " + route)));
      }
    }
    return routes;
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
