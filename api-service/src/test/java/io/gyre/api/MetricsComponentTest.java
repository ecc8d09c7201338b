package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceUsage;
import io.gyre.model.UsagePoint;
import io.gyre.model.UsageSample;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the API tells of what the reconciler recorded, and what it does with its decisions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MetricsComponentTest {
  private static final String SCALED =
      """
      deployments:
        %s:
          process: { command: "sleep 1000" }
          resources: { requests: { cpu: 500m } }
          %s
          autoscale: { min: %d, max: 6, cpu: 70%% }
      """;

  @TempDir static Path directory;
  private Api api;
  private InstanceId one;
  private InstanceId two;
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

  @BeforeAll
  void start() throws Exception {
    api = new Api(directory);
    assertThat(
            api.apply(
                    """
                    deployments:
                      web:
                        process: { command: "sleep 1000" }
                        replicas: 2
                        resources: { limits: { cpu: 2, memory: 64Mi } }
                    """)
                .status())
        .isEqualTo(200);
    one = api.instance("web", "aaaaaa", "c-1");
    two = api.instance("web", "bbbbbb", "c-1");
    api.instance("web", "cccccc", "c-1");
    DeploymentKey web = new DeploymentKey("default", "web");
    api.observed
        .observed()
        .run(
            tx -> {
              tx.putUsages(
                  List.of(
                      usage(one, web, now.minusSeconds(5)),
                      usage(two, web, now.minusSeconds(600))));
              tx.addUsagePoints(
                  List.of(
                      point(one.value(), now.minusSeconds(90)),
                      point(one.value(), now.minusSeconds(4000)),
                      point(web.toString(), now.minusSeconds(90))));
              tx.averageUsagePoints(now.minusSeconds(4000));
            });
  }

  @AfterAll
  void stop() {
    api.close();
  }

  private static InstanceUsage usage(InstanceId id, DeploymentKey key, Instant at) {
    UsageSample last = new UsageSample(id, at, 1, 3_000_000_000L, 16 << 20, 1000L, null);
    return new InstanceUsage(last, key, 7_500_000_000L, 4000L, null, 500L, 10L, null);
  }

  private static UsagePoint point(String subject, Instant at) {
    return new UsagePoint(subject, at, 250, 8 << 20, 5L, null, 1);
  }

  @Test
  void tellsWhatInstancesUseNow() throws Exception {
    JsonNode items = api.get("/v1/metrics/instances?deployment=web").json().path("items");
    assertThat(items).hasSize(3);
    JsonNode usage = items.get(0).path("usage");
    assertThat(items.get(0).path("id").asText()).isEqualTo("web-aaaaaa");
    assertThat(usage.path("cpu_cores").asDouble()).isEqualTo(0.5);
    assertThat(usage.path("cpu_percent").asDouble()).isEqualTo(25);
    assertThat(usage.path("cpu_seconds_total").asDouble()).isEqualTo(7.5);
    assertThat(usage.path("memory_bytes").asLong()).isEqualTo(16 << 20);
    assertThat(usage.path("memory_percent").asDouble()).isEqualTo(25);
    assertThat(usage.path("received_bytes_total").asLong()).isEqualTo(4000);
    assertThat(usage.has("sent_bytes_total")).isFalse();
    assertThat(items.get(1).has("usage")).as("a sample of ten minutes ago").isFalse();
    JsonNode page = api.get("/v1/metrics/instances?deployment=web&limit=2").json();
    assertThat(page.path("items")).hasSize(2);
    String next = page.path("continue").asText();
    assertThat(
            api.get("/v1/metrics/instances?deployment=web&limit=2&continue=" + next)
                .json()
                .path("items"))
        .hasSize(1);
    assertThat(api.get("/v1/metrics/instances?limit=2&continue=!").status()).isEqualTo(422);
  }

  @Test
  void tellsWhatDeploymentsUse() throws Exception {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode item : api.get("/v1/metrics/deployments").json().path("items")) {
      if (item.path("name").asText().equals("web")) {
        found.add(item);
      }
    }
    assertThat(found).hasSize(1);
    JsonNode web = found.getFirst();
    assertThat(web.path("replicas").asInt()).isEqualTo(2);
    assertThat(web.path("sampled").asInt()).isEqualTo(1);
    assertThat(web.path("cpu_cores").asDouble()).isEqualTo(0.5);
    assertThat(web.path("memory_bytes").asLong()).isEqualTo(16 << 20);
    assertThat(web.has("autoscale")).isFalse();
  }

  @Test
  void tellsWhatWasUsed() throws Exception {
    JsonNode fine = api.get("/v1/metrics/instances/web-aaaaaa").json();
    assertThat(fine.path("current").path("usage").path("cpu_cores").asDouble()).isEqualTo(0.5);
    assertThat(fine.path("step_seconds").asInt()).isZero();
    assertThat(fine.path("history")).hasSize(1);
    assertThat(fine.path("history").get(0).path("cpu_cores").asDouble()).isEqualTo(0.25);
    JsonNode coarse = api.get("/v1/metrics/instances/web-aaaaaa?since=6h").json();
    assertThat(coarse.path("step_seconds").asInt()).isEqualTo(300);
    assertThat(coarse.path("history")).hasSize(1);
    JsonNode web = api.get("/v1/metrics/namespaces/default/deployments/web?since=5m").json();
    assertThat(web.path("history")).hasSize(1);
    assertThat(web.path("current").path("name").asText()).isEqualTo("web");
    assertThat(api.get("/v1/metrics/instances/web-zzzzzz").status()).isEqualTo(404);
    assertThat(api.get("/v1/metrics/namespaces/default/deployments/none").status()).isEqualTo(404);
    assertThat(api.get("/v1/metrics/instances/web-aaaaaa?since=soon").status()).isEqualTo(422);
  }

  @Test
  void prometheusReadsIt() throws Exception {
    api.event("web", null, "tick", "c-9");
    Answer answer = api.get("/metrics");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    PrometheusText text = new PrometheusText(answer.response().body());
    String[] first = {"namespace", "default", "deployment", "web", "instance", "web-aaaaaa"};
    assertThat(text.value("gyre_instance_cpu_seconds_total", first)).isEqualTo(7.5);
    assertThat(text.value("gyre_instance_memory_bytes", first)).isEqualTo(16 << 20);
    assertThat(text.value("gyre_instance_network_received_bytes_total", first)).isEqualTo(4000);
    assertThat(text.count("gyre_instance_network_sent_bytes_total")).isZero();
    assertThat(text.value("gyre_instance_memory_limit_bytes", first)).isEqualTo(64 << 20);
    assertThat(text.value("gyre_instance_cpu_limit_cores", first)).isEqualTo(2);
    assertThat(text.value("gyre_instance_restarts_total", first)).isZero();
    assertThat(text.value("gyre_instance_ready", first)).isEqualTo(1);
    assertThat(text.value("gyre_instance_start_time_seconds", first))
        .isCloseTo(now.toEpochMilli() / 1000.0, within(60.0));
    assertThat(text.count("gyre_instance_cpu_seconds_total")).isEqualTo(1);
    assertThat(text.value("gyre_deployment_replicas", "namespace", "default", "deployment", "web"))
        .isEqualTo(2);
    assertThat(
            text.value(
                "gyre_deployment_phase",
                "namespace",
                "default",
                "deployment",
                "web",
                "phase",
                "pending"))
        .isEqualTo(1);
    assertThat(text.value("gyre_component_up", "component", "api")).isEqualTo(1);
    assertThat(text.value("gyre_component_up", "component", "supervisor")).isZero();
    assertThat(text.families()).contains("gyre_build_info", "gyre_database_bytes");
    assertThat(text.value("gyre_api_bus_messages_total", "result", "damaged")).isZero();
  }

  @Test
  void nothingIsToldWithoutAToken() throws Exception {
    for (String path : List.of("/metrics", "/v1/metrics/instances", "/v1/metrics/deployments")) {
      HttpRequest bare = HttpRequest.newBuilder(URI.create(api.address() + path)).build();
      assertThat(api.send(bare).status()).as(path).isEqualTo(401);
    }
  }

  @Test
  void theParserIsStrict() {
    String good = "# HELP a_total Some \"help\"\n# TYPE a_total counter\n";
    assertThat(
            new PrometheusText(good + "a_total{b=\"c\\\\\\\"\\n\"} 1.5\n")
                .value("a_total", "b", "c\\\"\n"))
        .isEqualTo(1.5);
    for (String bad :
        List.of(
            "a_total{b=\"c\"}1\n",
            "a_total{b=\"c} 1\n",
            "a_total{b=\"c\",b=\"c\"} 1\n",
            "a_total -1\n",
            "a_total 1\na_total 1\n",
            "b 1\n",
            "# TYPE a_total counter\n",
            "a_total{b=\"c\\x\"} 1\n")) {
      assertThatThrownBy(() -> new PrometheusText(good + bad)).isInstanceOf(AssertionError.class);
    }
  }

  private int replicas(String name) throws Exception {
    return api.get("/v1/namespaces/default/deployments/" + name).json().path("replicas").asInt();
  }

  private long generation(String name) throws Exception {
    return api.get("/v1/namespaces/default/deployments/" + name).json().path("generation").asLong();
  }

  private void decide(String name, String uid, long generation, int replicas) {
    api.reconciler.publish(
        new Message.ReplicasDecided(
            new DeploymentKey("default", name), uid, generation, replicas, "cpu 182% of 70%"),
        "c-decided",
        "");
  }

  private String uid(String name) throws Exception {
    return api.get("/v1/namespaces/default/deployments/" + name).json().path("uid").asText();
  }

  @Test
  void whatTheLoadDecidesIsFollowedOnceAndKeptByTheNextApply() throws Exception {
    Answer made = api.apply(SCALED.formatted("elastic", "", 2));
    assertThat(made.status()).as("%s", made.json()).isEqualTo(200);
    assertThat(replicas("elastic")).as("the fewest to begin with").isEqualTo(2);
    decide("elastic", uid("elastic"), generation("elastic"), 5);
    Api.await(() -> quietly("elastic") == 5, "it is scaled");
    decide("elastic", uid("elastic"), 1, 3);
    decide("elastic", "other", generation("elastic"), 3);
    decide("elastic", uid("elastic"), generation("elastic"), 9);
    Api.await(() -> quietly("elastic") == 6, "never above the bound");
    String chain =
        api.get("/v1/namespaces/default/deployments/elastic/why").json().path("chain").toString();
    assertThat(chain)
        .contains("reconciler asked to scale default/elastic: replicas 2 -> 5: cpu 182% of 70%");

    long before = generation("elastic");
    JsonNode again = api.apply(SCALED.formatted("elastic", "", 2)).json();
    assertThat(again.path("changes").toString()).contains("\"action\":\"unchanged\"");
    assertThat(generation("elastic")).isEqualTo(before);
    api.apply(SCALED.formatted("elastic", "", 3));
    assertThat(replicas("elastic")).as("another bound").isEqualTo(6);
    api.apply(SCALED.formatted("elastic", "replicas: 4", 2));
    assertThat(replicas("elastic")).as("a number that is new").isEqualTo(4);
    decide("elastic", uid("elastic"), generation("elastic"), 5);
    Api.await(() -> quietly("elastic") == 5, "it is scaled");
    api.apply(SCALED.formatted("elastic", "replicas: 4", 2));
    assertThat(replicas("elastic")).as("a number that isn't").isEqualTo(5);

    Answer refused =
        api.post("/v1/namespaces/default/deployments/elastic/scale", "{\"replicas\":3}");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.code()).isEqualTo("deployment.autoscaled");
    assertThat(refused.json().path("detail").asText()).contains("from 2 to 6 replicas");
    JsonNode view = api.get("/v1/namespaces/default/deployments/elastic").json().path("autoscale");
    assertThat(view.path("cpu_aim_percent").asInt()).isEqualTo(70);

    JsonNode plan =
        api.post(
                "/v1/apply?dry_run=true",
                "application/yaml",
                """
                deployments:
                  elastic:
                    process: { command: "sleep 1000" }
                    resources: { requests: { cpu: 500m } }
                    replicas: 5
                """)
            .json();
    assertThat(plan.path("changes").toString()).contains("autoscale.max");
    api.apply(
        """
        deployments:
          elastic:
            process: { command: "sleep 1000" }
            resources: { requests: { cpu: 500m } }
            replicas: 5
        """);
    decide("elastic", uid("elastic"), generation("elastic"), 2);
    assertThat(
            api.post("/v1/namespaces/default/deployments/elastic/scale", "{\"replicas\":3}")
                .status())
        .isEqualTo(200);
    assertThat(replicas("elastic")).isEqualTo(3);
  }

  private int quietly(String name) {
    try {
      return replicas(name);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDecisionOfAnotherGenerationIsNotFollowed() throws Exception {
    api.apply(SCALED.formatted("late", "", 2));
    decide("late", uid("late"), generation("late") + 1, 4);
    decide("late", uid("late"), generation("late"), 3);
    Api.await(() -> quietly("late") == 3, "only the one of this generation");
  }
}
