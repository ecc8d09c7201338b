package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message.DeploymentChanged;
import io.gyre.messages.Message.DeploymentRemoved;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.RuntimeInfo;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DeploymentComponentTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");
  private static final String PATH = "/v1/namespaces/default/deployments/web";
  private static final String MANIFEST =
      "deployments: {web: {process: {command: sleep, args: ['9']}, labels: {a: b}}}";

  @TempDir Path root;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    api = new Api(root);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Answer conditional(String path, String ifMatch) throws Exception {
    return api.send(
        api.request(path)
            .header("If-Match", ifMatch)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"replicas\": 2}"))
            .build());
  }

  private DesiredDeployment wanted() {
    return api.observed.read().deployment(WEB).orElseThrow();
  }

  @Test
  void showsWhatIsWantedAndHowFarItIs() throws Exception {
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    Answer fresh = api.get(PATH);
    assertThat(fresh.status()).isEqualTo(200);
    assertThat(fresh.header("ETag")).isEqualTo("\"1\"");
    assertThat(fresh.json().path("phase").asText()).isEqualTo("pending");
    assertThat(fresh.json().path("command").get(0).asText()).isEqualTo("sleep");
    assertThat(fresh.json().path("labels").path("a").asText()).isEqualTo("b");
    assertThat(fresh.json().has("image")).isFalse();
    assertThat(fresh.json().path("created_at").asText())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    boolean _ =
        api.observed
            .observed()
            .transact(
                tx -> {
                  tx.putStatus(
                      new DeploymentStatus(
                          WEB,
                          1,
                          DeploymentPhase.RUNNING,
                          1,
                          1,
                          null,
                          null,
                          Instant.now(),
                          Instant.now()));
                  return true;
                });
    assertThat(api.get(PATH).json().path("phase").asText()).isEqualTo("running");
    assertThat(api.get(PATH).json().path("ready").asInt()).isEqualTo(1);
  }

  @Test
  void pagesThroughAll() throws Exception {
    StringBuilder manifest = new StringBuilder("deployments:\n");
    for (int i = 0; i < 25; i++) {
      manifest.append("  d%02d: {process: {command: x}}\n".formatted(i));
    }
    assertThat(api.apply(manifest.toString()).status()).isEqualTo(200);
    List<String> names = new ArrayList<>();
    String position = "";
    int pages = 0;
    do {
      JsonNode page = api.get("/v1/deployments?limit=10&continue=" + position).json();
      page.path("items").forEach(item -> names.add(item.path("name").asText()));
      position = page.path("continue").asText();
      pages++;
    } while (!position.isEmpty());
    assertThat(pages).isEqualTo(3);
    assertThat(names).hasSize(25).isSorted().doesNotHaveDuplicates();
    assertThat(api.get("/v1/deployments?namespace=other").json().path("items")).isEmpty();
    assertThat(api.get("/v1/deployments?limit=25").json().path("continue").asText()).isEmpty();
  }

  @Test
  void scalesRestartsAndDeletes() throws Exception {
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    Answer scaled = api.post(PATH + "/scale", "{\"replicas\": 3}");
    assertThat(scaled.status()).isEqualTo(200);
    assertThat(scaled.header("ETag")).isEqualTo("\"2\"");
    assertThat(wanted().replicas()).isEqualTo(3);
    assertThat(wanted().revision()).isEqualTo(1);
    // The same again changes nothing.
    assertThat(api.post(PATH + "/scale", "{\"replicas\": 3}").header("ETag")).isEqualTo("\"2\"");

    Answer restarted =
        api.send(api.request(PATH + "/restart").POST(BodyPublishers.noBody()).build());
    assertThat(restarted.status()).isEqualTo(200);
    assertThat(wanted().restartNonce()).isEqualTo(1);

    Answer deleted = api.delete(PATH);
    assertThat(deleted.status()).isEqualTo(202);
    assertThat(deleted.json().path("deleted").asBoolean()).isTrue();
    assertThat(deleted.json().path("phase").asText()).isEqualTo("deleting");
    assertThat(api.delete(PATH).header("ETag")).isEqualTo(deleted.header("ETag"));
    assertThat(api.post(PATH + "/scale", "{\"replicas\": 1}").code())
        .isEqualTo("deployment.deleting");
    Api.await(() -> api.heard.contains(new DeploymentChanged(WEB, 4)), "the announcement");
    assertThat(api.get(PATH + "/why").json().path("chain").findValuesAsText("what"))
        .containsOnly("request")
        .hasSize(4);
  }

  @Test
  void onlyTheGenerationThatWasMeantIsChanged() throws Exception {
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    Answer stale = conditional(PATH + "/scale", "\"9\"");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.code()).isEqualTo("deployment.generation_mismatch");
    assertThat(conditional(PATH + "/scale", "\"1\"").status()).isEqualTo(200);
    assertThat(conditional(PATH + "/scale", "\"1\"").status()).isEqualTo(412);
    assertThat(conditional(PATH + "/restart", "*").status()).isEqualTo(200);
    assertThat(api.send(api.request(PATH).header("If-Match", "\"1\"").DELETE().build()).status())
        .isEqualTo(412);
    assertThat(wanted().deleted()).isFalse();
  }

  @Test
  void aPublishedPortAllowsOneReplica() throws Exception {
    assertThat(api.apply("deployments: {web: {image: a, ports: ['8080:80']}}").status())
        .isEqualTo(200);
    Answer refused = api.post(PATH + "/scale", "{\"replicas\": 2}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.code()).isEqualTo("deployment.replicas.invalid");
    assertThat(refused.response().body()).contains("deployment.replicas.ports_conflict");
    assertThat(api.post(PATH + "/scale", "{\"replicas\": 0}").status()).isEqualTo(200);
  }

  @Test
  void scalingKeepsTheRulesOfTheManifest() throws Exception {
    assertThat(
            api.apply(
                    """
                    deployments:
                      web:
                        image: a
                        volumes: [{ type: volume, source: data, destination: /data }]
                    """)
                .status())
        .isEqualTo(200);
    Answer refused = api.post(PATH + "/scale", "{\"replicas\": 2}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.response().body()).contains("deployment.replicas.shared_rw_volume");
    assertThat(wanted().replicas()).isEqualTo(1);
  }

  @Test
  void forgetsWhatIsGoneButNotWhatIsWantedAgain() throws Exception {
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    assertThat(api.delete(PATH).status()).isEqualTo(202);
    DesiredDeployment first = wanted();
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    api.reconciler.publish(new DeploymentRemoved(WEB, first.uid(), first.generation()), "c-1", "");
    assertThat(api.delete(PATH).status()).isEqualTo(202);
    DesiredDeployment second = wanted();
    assertThat(second.generation()).isEqualTo(4);
    api.reconciler.publish(
        new DeploymentRemoved(WEB, second.uid(), second.generation()), "c-1", "");
    Api.await(() -> api.observed.read().deployment(WEB).isEmpty(), "the end of the row");
    assertThat(api.get(PATH).status()).isEqualTo(404);
    assertThat(api.get(PATH).code()).isEqualTo("deployment.not_found");
  }

  @Test
  void theNextStartForgetsWhatIsGone() throws Exception {
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    assertThat(api.delete(PATH).status()).isEqualTo(202);
    api.closeServer();
    try (ApiServer _ = Api.launch(api.home, 0)) {
      Api.await(() -> api.observed.read().deployment(WEB).isEmpty(), "the end of the row");
    }
  }

  @Test
  void namespacesAndRuntimes() throws Exception {
    Answer made = api.post("/v1/namespaces", "{\"name\": \"team\"}");
    assertThat(made.status()).isEqualTo(201);
    assertThat(api.post("/v1/namespaces", "{\"name\": \"team\"}").code())
        .isEqualTo("namespace.exists");
    assertThat(api.apply(MANIFEST).status()).isEqualTo(200);
    assertThat(api.delete("/v1/namespaces/default").status()).isEqualTo(409);
    assertThat(api.delete("/v1/namespaces/team").status()).isEqualTo(204);
    assertThat(api.delete("/v1/namespaces/team").status()).isEqualTo(404);
    boolean _ =
        api.observed
            .observed()
            .transact(
                tx -> {
                  tx.putRuntime(
                      new RuntimeInfo(
                          "process",
                          "1",
                          RuntimeInfo.State.READY,
                          null,
                          Set.of("PROCESS"),
                          "built in",
                          Instant.now()));
                  return true;
                });
    assertThat(api.get("/v1/runtimes").json().path("items").get(0).path("state").asText())
        .isEqualTo("ready");
  }

  @Test
  void instancesAndWhy() throws Exception {
    Answer applied = api.apply(MANIFEST);
    String correlation = applied.header("Gyre-Correlation");
    String id = api.instance("web", "aaaaaa", correlation).value();
    String other = api.instance("web", "bbbbbb", correlation).value();
    long _ = api.event("web", id, "planned_create", correlation);
    long _ = api.event("web", other, "planned_create", correlation);
    long _ = api.event("web", id, "instance_started", correlation);
    long _ = api.event("web", null, "deployment_running", correlation);
    assertThat(api.get("/v1/instances?deployment=web&limit=1").json().path("continue").asText())
        .isNotEmpty();
    JsonNode instance = api.get("/v1/instances/" + id).json();
    assertThat(instance.path("pid").asLong()).isEqualTo(4711);
    assertThat(instance.path("state").asText()).isEqualTo("running");
    assertThat(api.get("/v1/instances/web-cccccc").code()).isEqualTo("instance.not_found");

    JsonNode chain = api.get("/v1/instances/" + id + "/why").json().path("chain");
    assertThat(chain.findValuesAsText("what"))
        .containsExactly("request", "plan", "outcome", "outcome");
    assertThat(chain.findValuesAsText("correlation")).containsOnly(correlation);
    assertThat(chain.get(0).path("message").asText()).contains("admin asked to create default/web");
    assertThat(api.get("/v1/status").json().path("counts").path("by_state").path("running").asInt())
        .isEqualTo(2);
  }
}
