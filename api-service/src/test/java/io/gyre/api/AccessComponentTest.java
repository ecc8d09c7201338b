package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every route that the API describes, asked for by every role, everywhere and in one namespace. */
final class AccessComponentTest {
  private static final List<String> NAMESPACES = List.of("team-a", "team-b");
  private static final List<String> ROLES = List.of("viewer", "operator", "admin");

  /** What a route takes; the first line that fits counts, and none is left over. */
  private static final Map<String, String> NEEDED = needed();

  @TempDir Path root;
  private Api api;
  private final Map<String, String> tokens = new LinkedHashMap<>();

  private static Map<String, String> needed() {
    Map<String, String> needed = new LinkedHashMap<>();
    needed.put("GET /v1/(health|openapi.json)|POST /v1/login", "nobody");
    needed.put("GET /v1/(whoami|schema)|POST /v1/logout", "anyone");
    needed.put("\\w+ (/v1|.*/\\{namespace\\})/secrets.*", "operator");
    needed.put("PUT /v1/users/.*/password", "admin");
    needed.put("GET /v1/audit.*", "admin");
    needed.put("GET /v1/namespaces/[^/]+/audit", "operator");
    needed.put("\\w+ /v1/tokens.*", "anyone");
    needed.put("\\w+ /v1/(users|policies|keys|backup|webhooks).*", "admin");
    needed.put("\\w+ .*/\\{namespace\\}/webhooks.*", "admin");
    needed.put("(POST|DELETE) /v1/namespaces(/[^/]+)?|POST /v1/plugins/.*", "admin");
    needed.put("(PUT|POST|DELETE) .*/(configs|volumes)/.*", "operator");
    needed.put("POST /v1/apply|POST .*/exec|(POST|DELETE) .*/deployments/.*", "operator");
    needed.put(
        "GET (/v1/(status|node|integrity|export|deployments|instances|namespaces|runtimes|plugins|configs|volumes|events"
            + "|metrics).*|/metrics)",
        "viewer");
    return needed;
  }

  @BeforeEach
  void start() throws Exception {
    api = new Api(root);
    for (String namespace : NAMESPACES) {
      assertThat(
              api.apply(
                      """
                      deployments:
                        web: { namespace: %s, command: [sleep, "1"], replicas: 0 }
                      configs:
                        site: { namespace: %s, data: { a: "1" } }
                      """
                          .formatted(namespace, namespace))
                  .status())
          .isEqualTo(200);
      instance(namespace);
    }
    user("none", List.of());
    String onHost = "{\"rules\":[{\"resource\":\"host\",\"verbs\":[\"use\"]}]}";
    HttpRequest policy =
        api.request("/v1/policies/on-host")
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(onHost))
            .build();
    assertThat(api.send(policy).status()).isEqualTo(200);
    for (String role : ROLES) {
      user(role, List.of(role, "on-host"));
      user(role + "-a", List.of(role + "@team-a", "on-host@team-a"));
    }
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void user(String name, List<String> roles) throws Exception {
    String json =
        "{\"name\":\"%s\",\"roles\":[%s]}"
            .formatted(
                name, String.join(",", roles.stream().map(role -> "\"" + role + "\"").toList()));
    assertThat(api.post("/v1/users", json).status()).isEqualTo(201);
    Answer token =
        api.post("/v1/tokens", "{\"name\":\"of-%s\",\"user\":\"%s\"}".formatted(name, name));
    assertThat(token.status()).as(token.response().body()).isEqualTo(201);
    tokens.put(name, token.json().path("token").asText());
  }

  private static String id(String namespace) {
    return "web-" + namespace.substring("team-".length()) + "23456";
  }

  private void instance(String namespace) {
    Instant now = Api.CLOCK.instant();
    InstanceRecord record =
        new InstanceRecord(
            new InstanceId(id(namespace)),
            new DeploymentKey(namespace, "web"),
            1,
            0,
            "process",
            false,
            InstanceState.RUNNING,
            true,
            4711L,
            null,
            null,
            List.of(),
            0,
            0,
            now,
            now,
            null,
            null,
            null,
            null,
            "c-1",
            now);
    api.observed.observed().run(tx -> tx.putInstance(record));
  }

  private long event(@Nullable String namespace, String reason) {
    long seq =
        api.observed
            .observed()
            .transact(
                tx ->
                    tx.appendEvent(
                        new EventRecord(
                            0,
                            Api.CLOCK.instant(),
                            EventRecord.Level.NORMAL,
                            namespace,
                            namespace == null ? null : "web",
                            null,
                            reason,
                            reason,
                            "c-1")));
    api.reconciler.publish(new Message.StateChanged(seq), "", "");
    return seq;
  }

  private HttpRequest.Builder request(String who, String path) {
    return HttpRequest.newBuilder(URI.create(api.address() + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + tokens.get(who));
  }

  private static List<String> routes() throws Exception {
    List<String> routes = new ArrayList<>();
    try (InputStream in =
        Objects.requireNonNull(
            AccessComponentTest.class.getResourceAsStream("/io/gyre/api/openapi.json"))) {
      new ObjectMapper()
          .readTree(in)
          .path("paths")
          .properties()
          .forEach(
              path ->
                  path.getValue()
                      .fieldNames()
                      .forEachRemaining(
                          method ->
                              routes.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    }
    return routes;
  }

  private static String needs(String route) {
    return NEEDED.entrySet().stream()
        .filter(entry -> route.matches(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() -> new AssertionError("say who may " + route));
  }

  /** By the words of the documentation: what the role is for, and where it was given. */
  private static boolean expected(String route, String who, String namespace) {
    String needed = needs(route);
    if (needed.equals("nobody") || needed.equals("anyone")) {
      return true;
    }
    String role = who.replace("-a", "");
    if (ROLES.indexOf(role) < ROLES.indexOf(needed)) {
      return false;
    }
    boolean everywhere = !who.endsWith("-a");
    boolean ofNamespace =
        route.contains("{namespace}")
            || route.contains("{id}")
            || route.equals("POST /v1/apply")
            || route.equals("POST /v1/namespaces");
    boolean list =
        route.matches(
            "GET /v1/(deployments|instances|namespaces|configs|volumes|secrets|events|export)|GET /v1/metrics/\\w+"
                + "|GET /metrics");
    return everywhere || list || (ofNamespace && namespace.equals("team-a"));
  }

  private HttpRequest request(String route, String who, String namespace) {
    String method = route.substring(0, route.indexOf(' '));
    String path =
        route
            .substring(method.length() + 1)
            .replace("{namespace}", namespace)
            .replace("{id}", id(namespace))
            .replace("{name}", method.equals("GET") ? "web" : "missing")
            .replace("{revision}", "1")
            .replace("{run}", "1");
    // Of logs, since nobody is there to give any.
    HttpRequest.Builder request = request(who, path.endsWith("/logs") ? path + "?tail=x" : path);
    String type = "application/json";
    String body = "{}";
    if (route.equals("POST /v1/apply")) {
      type = "application/yaml";
      body =
          "deployments: { web: { namespace: %s, command: [sleep, \"1\"], replicas: 0 } }"
              .formatted(namespace);
    } else if (route.equals("POST /v1/namespaces")) {
      body = "{\"name\":\"%s\"}".formatted(namespace);
    }
    return method.equals("GET") || method.equals("DELETE")
        ? request.method(method, BodyPublishers.noBody()).build()
        : request
            .header("Content-Type", type)
            .method(method, BodyPublishers.ofString(body))
            .build();
  }

  @Test
  void everyRouteIsForThoseWhoMayAndNobodyElse() throws Exception {
    TreeSet<String> wrong = new TreeSet<>();
    for (String route : routes()) {
      for (String who : tokens.keySet()) {
        for (String namespace : NAMESPACES) {
          Answer answer = api.send(request(route, who, namespace));
          boolean let = answer.status() != 401 && answer.status() != 403;
          if (let != expected(route, who, namespace)
              && !(route.equals("POST /v1/login") && answer.status() == 422)) {
            wrong.add(route + " by " + who + " in " + namespace + ": " + answer.status());
          }
        }
      }
      if (!needs(route).equals("nobody")) {
        HttpRequest request = request(route, "admin", "team-a");
        HttpRequest anonymous =
            HttpRequest.newBuilder(request, (name, _) -> !name.equals("Authorization")).build();
        Answer answer = api.send(anonymous);
        if (answer.status() != 401 || !answer.header("WWW-Authenticate").startsWith("Bearer")) {
          wrong.add(route + " by nobody: " + answer.status());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void whatIsForeignIsAsWhatIsNot() throws Exception {
    for (String path : List.of("", "/health", "/why", "/logs", "/logs?follow=true")) {
      Answer foreign = api.send(request("viewer-a", "/v1/instances/web-b23456" + path).build());
      Answer missing = api.send(request("viewer-a", "/v1/instances/web-c23456" + path).build());
      assertThat(foreign.status()).isEqualTo(403);
      assertThat(missing.status()).isEqualTo(403);
      assertThat(foreign.json().path("detail").asText())
          .isEqualTo(missing.json().path("detail").asText().replace("-c2", "-b2"));
    }
    assertThat(api.send(request("viewer", "/v1/instances/web-c23456").build()).status())
        .isEqualTo(404);
  }

  @Test
  void listsShowWhatTheCallerMaySee() throws Exception {
    for (String path :
        List.of("/v1/deployments", "/v1/instances", "/v1/configs", "/v1/metrics/deployments")) {
      assertThat(namespaces(path, "viewer-a")).as(path).containsOnly("team-a");
      assertThat(namespaces(path, "viewer")).as(path).containsOnly("team-a", "team-b");
      assertThat(namespaces(path + "?namespace=team-a", "viewer-a")).containsOnly("team-a");
      assertThat(api.send(request("viewer-a", path + "?namespace=team-b").build()).status())
          .isEqualTo(403);
      assertThat(api.send(request("none", path).build()).status()).isEqualTo(403);
    }
    assertThat(items("/v1/namespaces", "viewer-a").findValuesAsText("name"))
        .containsExactly("team-a");
    String metrics = api.send(request("viewer-a", "/metrics").build()).response().body();
    assertThat(metrics).contains("team-a").doesNotContain("team-b", "gyre_component_up");
    // A page ends where the list does, not where what is hidden begins.
    JsonNode page = api.send(request("viewer-a", "/v1/instances?limit=1").build()).json();
    assertThat(page.path("items")).hasSize(1);
    assertThat(page.path("continue").asText()).isEmpty();
  }

  private JsonNode items(String path, String who) throws Exception {
    return api.send(request(who, path).build()).json().path("items");
  }

  private List<String> namespaces(String path, String who) throws Exception {
    return items(path, who).findValuesAsText("namespace");
  }

  @Test
  void eventsAreThoseOfTheCallersNamespaces() throws Exception {
    long first = event("team-b", "foreign");
    event("team-a", "mine");
    event(null, "of_the_host");
    assertThat(items("/v1/events", "viewer-a").findValuesAsText("reason")).containsExactly("mine");
    assertThat(items("/v1/events?after=" + (first - 1), "viewer-a").findValuesAsText("reason"))
        .containsExactly("mine");
    assertThat(items("/v1/events", "viewer").findValuesAsText("reason"))
        .contains("foreign", "mine", "of_the_host");
    HttpResponse<InputStream> stream =
        api.client()
            .send(
                request("viewer-a", "/v1/events?after=0")
                    .header("Accept", "text/event-stream")
                    .build(),
                BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(nextEvent(lines)).contains("mine");
      event("team-b", "foreign");
      event("team-a", "later");
      assertThat(nextEvent(lines)).contains("later");
    }
  }

  @Test
  void aStreamEndsWithWhatItsReaderMay() throws Exception {
    HttpResponse<InputStream> stream =
        api.client()
            .send(
                request("viewer-a", "/v1/events").header("Accept", "text/event-stream").build(),
                BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      event("team-a", "mine");
      assertThat(nextEvent(lines)).contains("mine");
      assertThat(api.delete("/v1/tokens/of-viewer-a").status()).isEqualTo(204);
      event("team-a", "secret");
      assertThat(lines.lines().filter(line -> line.startsWith("data: "))).isEmpty();
    }
  }

  private static String nextEvent(BufferedReader lines) throws Exception {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("data: ")) {
        return line;
      }
    }
    throw new AssertionError("the stream ended");
  }

  @Test
  void aManifestNeedsWhatEachOfItsThingsNeeds() throws Exception {
    String both =
        """
        deployments:
          here: { name: web, namespace: team-a, command: [sleep, "1"], replicas: 0 }
          there: { name: other, namespace: team-b, command: [sleep, "1"], replicas: 0 }
        """;
    Answer refused = apply("operator-a", both);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().path("detail").asText())
        .isEqualTo(
            "token:of-operator-a may not deployments:write in namespace team-b,"
                + " host:use in namespace team-b (deployment other is a process of the host)");
    assertThat(apply("operator", both).status()).isEqualTo(200);
    // Quotas are the admin's.
    String quota = "namespaces: { team-a: { quota: { deployments: 9 } } }";
    assertThat(apply("operator-a", quota).status()).isEqualTo(403);
    assertThat(apply("admin-a", quota).status()).isEqualTo(200);
  }

  /** Whoever gets a process of the host, a part of its disk or its network may get its root. */
  @Test
  void whatReachesIntoTheHostNeedsMoreThanARoleInANamespace() throws Exception {
    user("contained", List.of("admin@team-a", "operator"));
    String contained = "deployments: { box: { namespace: team-a, image: nginx, replicas: 0 } }";
    assertThat(apply("contained", contained).status()).isEqualTo(200);
    String manifest =
        """
        deployments:
          a: { namespace: team-a, command: [id], replicas: 0 }
          b: { namespace: team-a, image: nginx, replicas: 0, config: { user: { privileged: true } } }
          c: { namespace: team-a, image: nginx, replicas: 0, network: { mode: host } }
          d:
            namespace: team-a
            image: nginx
            replicas: 0
            volumes: [{ type: bind, source: /etc, destination: /x }]
        """;
    Answer refused = apply("contained", manifest);
    assertThat(refused.json().path("detail").asText())
        .as(refused.response().body())
        .isEqualTo(
            "token:of-contained may not"
                + " host:use in namespace team-a (deployment a is a process of the host),"
                + " host:use in namespace team-a (deployment b is privileged),"
                + " host:use in namespace team-a (deployment c uses the host's network),"
                + " host:use in namespace team-a (deployment d mounts /etc of the host)");
    assertThat(apply("operator-a", manifest).status()).isEqualTo(200);
    // Nor does what others were allowed give it away.
    HttpRequest exec =
        request("contained", "/v1/instances/" + id("team-a") + "/exec")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"command\":[\"id\"]}"))
            .build();
    assertThat(api.send(exec).status()).isEqualTo(403);
    assertThat(apply("operator-a", contained.replace("nginx", "nginx:2")).status()).isEqualTo(200);
    String privileged =
        contained.replace("replicas: 0", "replicas: 0, config: { user: { privileged: true } }");
    assertThat(apply("operator-a", privileged).status()).isEqualTo(200);
    assertThat(apply("operator-a", contained).status()).isEqualTo(200);
    HttpRequest back =
        request("contained", "/v1/namespaces/team-a/deployments/box/rollback")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"revision\":3}"))
            .build();
    assertThat(api.send(back).json().path("detail").asText()).contains("box is privileged");
  }

  private Answer apply(String who, String yaml) throws Exception {
    return api.send(
        request(who, "/v1/apply")
            .header("Content-Type", "application/yaml")
            .POST(BodyPublishers.ofString(yaml))
            .build());
  }
}
