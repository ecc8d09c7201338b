package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message.DeploymentChanged;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ApplyComponentTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");
  private static final String WEB_1 =
      "deployments: {web: {process: {command: sleep, args: ['100']}, environment: {A: secret1}}}";

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

  private static JsonNode change(Answer answer, String kind, String name) {
    for (JsonNode change : answer.json().path("changes")) {
      if (change.path("kind").asText().equals(kind) && change.path("name").asText().equals(name)) {
        return change;
      }
    }
    throw new AssertionError("no " + kind + " " + name + " in " + answer.response().body());
  }

  private static String changed(String command, int replicas) {
    return "deployments: {web: {replicas: "
        + replicas
        + ", process: {command: "
        + command
        + "}, environment: {A: secret2}}}";
  }

  @Test
  void createsAndAnnounces() throws Exception {
    Answer answer = api.apply(WEB_1);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    JsonNode change = change(answer, "deployment", "web");
    assertThat(change.path("action").asText()).isEqualTo("create");
    assertThat(change.path("revision").asLong()).isEqualTo(1);
    assertThat(change.path("replicas").path("to").asInt()).isEqualTo(1);
    assertThat(change(answer, "namespace", "default").path("action").asText()).isEqualTo("create");
    assertThat(answer.response().body()).doesNotContain("secret1");
    assertThat(answer.json().path("correlation").asText())
        .isEqualTo(answer.header("Gyre-Correlation"));
    Api.await(() -> api.heard.contains(new DeploymentChanged(WEB, 1)), "the announcement");
    ChangeRecord record = api.observed.read().changes(WEB, null, 10).getFirst();
    assertThat(record.actor()).isEqualTo("token:admin");
    assertThat(record.verb()).isEqualTo("create");
    assertThat(record.correlation()).isEqualTo(answer.header("Gyre-Correlation"));
  }

  @Test
  void anUnchangedManifestWritesNothing() throws Exception {
    assertThat(api.apply(WEB_1).status()).isEqualTo(200);
    var before = api.observed.read().deployment(WEB);
    int changes = api.observed.read().changes(null, null, 100).size();
    Answer again = api.apply(WEB_1);
    assertThat(change(again, "deployment", "web").path("action").asText()).isEqualTo("unchanged");
    assertThat(api.observed.read().deployment(WEB)).isEqualTo(before);
    assertThat(api.observed.read().changes(null, null, 100)).hasSize(changes);
  }

  @Test
  void aDryRunWritesNothing() throws Exception {
    Answer plan = api.post("/v1/apply?dry_run=true", "application/yaml", WEB_1);
    assertThat(plan.status()).isEqualTo(200);
    assertThat(plan.json().path("dry_run").asBoolean()).isTrue();
    assertThat(change(plan, "deployment", "web").path("action").asText()).isEqualTo("create");
    assertThat(api.observed.read().deployment(WEB)).isEmpty();
    assertThat(api.observed.read().namespaces()).isEmpty();
  }

  @Test
  void aChangedSpecIsANewRevisionAndReplicasAreNot() throws Exception {
    assertThat(api.apply(WEB_1).status()).isEqualTo(200);
    Answer update = api.apply(changed("other", 1));
    JsonNode change = change(update, "deployment", "web");
    assertThat(change.path("action").asText()).isEqualTo("update");
    assertThat(change.path("revision").asLong()).isEqualTo(2);
    assertThat(change.path("strategy").asText()).isEqualTo("rolling");
    assertThat(change.path("fields")).isNotEmpty();
    assertThat(update.response().body()).doesNotContain("secret");
    assertThat(api.observed.read().changes(WEB, null, 1).getFirst().detail())
        .contains("environment.A")
        .doesNotContain("secret");

    JsonNode scale = change(api.apply(changed("other", 3)), "deployment", "web");
    assertThat(scale.path("action").asText()).isEqualTo("scale");
    assertThat(scale.path("revision").asLong()).isEqualTo(2);
    assertThat(scale.path("generation").asLong()).isEqualTo(3);

    // An older spec again is a new number all the same.
    JsonNode back = change(api.apply(WEB_1), "deployment", "web");
    assertThat(back.path("revision").asLong()).isEqualTo(3);
    assertThat(api.get("/v1/namespaces/default/deployments/web/revisions").json().path("items"))
        .hasSize(3);
  }

  @Test
  void aProblemInOneFileChangesNothing() throws Exception {
    Answer answer =
        api.post(
            "/v1/apply",
            """
            {"files": [
              {"name": "a.yaml", "content": "deployments: {a: {process: {command: x}}}"},
              {"name": "b.yaml", "content": "deployments:\\n  b:\\n    proces: {command: x}\\n"}]}
            """);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.code()).isEqualTo("manifest.invalid");
    JsonNode violation = answer.json().path("violations").get(0);
    assertThat(violation.path("file").asText()).isEqualTo("b.yaml");
    assertThat(violation.path("line").asInt()).isPositive();
    assertThat(api.observed.read().deployments(null, null, 10)).isEmpty();
    assertThat(api.observed.read().namespaces()).isEmpty();
  }

  @Test
  void variablesAreFilledIn() throws Exception {
    Answer answer =
        api.post(
            "/v1/apply",
            """
            {"files": [{"name": "a", "content":
              "deployments: {web: {process: {command: x}, environment: {A: $VALUE}}}"}],
             "variables": {"VALUE": "filled"}}
            """);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    assertThat(api.observed.read().deployment(WEB).orElseThrow().spec().environment())
        .containsEntry("A", "filled");
  }

  @Test
  void whatIsBeingDeletedIsKeptWhenItIsAppliedAgain() throws Exception {
    assertThat(api.apply(WEB_1).status()).isEqualTo(200);
    assertThat(api.delete("/v1/namespaces/default/deployments/web").status()).isEqualTo(202);
    JsonNode change = change(api.apply(WEB_1), "deployment", "web");
    assertThat(change.path("action").asText()).isEqualTo("update");
    assertThat(change.path("reason").asText()).isEqualTo("it was being deleted");
    var kept = api.observed.read().deployment(WEB).orElseThrow();
    assertThat(kept.deleted()).isFalse();
    assertThat(kept.generation()).isEqualTo(3);
    assertThat(kept.revision()).isEqualTo(1);
  }

  @Test
  void aPortOfAnotherDeploymentIsRefused() throws Exception {
    String one = "deployments: {one: {image: a, ports: ['8080:80']}}";
    assertThat(api.apply(one).status()).isEqualTo(200);
    Answer taken = api.apply("deployments: {two: {image: a, ports: ['127.0.0.1:8080:81']}}");
    assertThat(taken.status()).isEqualTo(422);
    assertThat(taken.json().path("violations").get(0).path("message").asText())
        .contains("default/one");
    assertThat(api.apply("deployments: {two: {image: a, ports: ['8080:80/udp']}}").status())
        .isEqualTo(200);
    // The one that has it may keep it, and both may change at once.
    assertThat(api.apply(one).status()).isEqualTo(200);
    Answer swap =
        api.apply(
            "deployments: {one: {image: a, ports: ['8081:80']}, three: {image: a, ports:"
                + " ['8080:80']}}");
    assertThat(swap.status()).as(swap.response().body()).isEqualTo(200);
    assertThat(change(swap, "deployment", "one").path("strategy").asText()).isEqualTo("recreate");
  }

  @Test
  void aChangedConfigRollsWhoUsesIt() throws Exception {
    String manifest =
        """
        configs: {app: {data: {key: VALUE}}}
        deployments:
          web:
            image: a
            volumes: [{type: config, source: app, key: key, destination: /etc/app}]
        """;
    Answer first = api.apply(manifest);
    assertThat(first.status()).as(first.response().body()).isEqualTo(200);
    Answer second = api.apply(manifest.replace("VALUE", "OTHER"));
    assertThat(change(second, "config", "app").path("action").asText()).isEqualTo("update");
    assertThat(change(second, "config", "app").path("reason").asText()).contains("default/web");
    assertThat(change(second, "deployment", "web").path("action").asText()).isEqualTo("update");
    assertThat(change(second, "deployment", "web").path("revision").asInt()).isEqualTo(2);
    assertThat(change(second, "deployment", "web").path("reason").asText())
        .isEqualTo("config app: version 1 -> 2");
    Answer same = api.apply(manifest.replace("VALUE", "OTHER"));
    assertThat(change(same, "deployment", "web").path("action").asText()).isEqualTo("unchanged");
    // Alone, too; and the old content comes back with its revision.
    Answer alone = api.apply("configs: {app: {data: {key: THIRD}}}");
    assertThat(change(alone, "deployment", "web").path("revision").asInt()).isEqualTo(3);
    assertThat(
            api.post("/v1/namespaces/default/deployments/web/rollback", "{\"revision\": 1}")
                .status())
        .isEqualTo(200);
    DeploymentSpec back = api.observed.read().deployment(WEB).orElseThrow().spec();
    assertThat(back.version(ContentRef.config("app"))).isEqualTo(1);
    assertThat(
            api.observed.read().configVersion("default", "app", 1).orElseThrow().content().texts())
        .containsEntry("key", "VALUE");
    Answer lacking = api.apply("configs: {app: {data: {other: X}}}");
    assertThat(lacking.response().body())
        .contains("default/web uses it in volumes[0]", "has no entry");
    assertThat(api.get("/v1/configs").json().path("items").get(0).path("entries").toString())
        .contains("THIRD");
  }

  @Test
  void concurrentAppliesOfOneManifestMakeOneRevision() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        answers.add(threads.submit(() -> api.apply(WEB_1)));
      }
      int created = 0;
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(200);
        created +=
            change(answer.get(), "deployment", "web").path("action").asText().equals("create")
                ? 1
                : 0;
      }
      assertThat(created).isEqualTo(1);
    }
    assertThat(api.observed.read().revisions(WEB)).hasSize(1);
    assertThat(api.observed.read().deployment(WEB).orElseThrow().generation()).isEqualTo(1);
    assertThat(api.observed.read().changes(WEB, null, 100)).hasSize(1);
  }

  @Test
  void whatIsWaitedForMustExistAndNothingWaitsForItself() throws Exception {
    Answer unknown = api.apply("deployments: {web: {process: {command: sleep}, depends_on: [db]}}");
    assertThat(unknown.status()).isEqualTo(422);
    assertThat(unknown.response().body())
        .contains("default/db is neither declared here nor on this host");
    assertThat(
            api.apply(
                    """
                    deployments:
                      web: { process: { command: sleep }, depends_on: [db] }
                      db: { process: { command: sleep } }
                    """)
                .status())
        .isEqualTo(200);
    Answer circle =
        api.apply(
            """
            deployments:
              db: { process: { command: sleep }, depends_on: { queue: { condition: started } } }
              queue: { process: { command: sleep }, depends_on: [web] }
            """);
    assertThat(circle.response().body()).contains("it waits for itself: db -> queue -> web -> db");
    Answer changed =
        api.apply(
            "deployments: {web: {process: {command: sleep}, depends_on: {db: {condition: started}}}}");
    assertThat(changed.json().path("changes").toString())
        .contains("depends_on.db", "ready", "started");
    assertThat(changed.json().path("changes").path(0).path("revision").asInt()).isEqualTo(1);
  }
}
