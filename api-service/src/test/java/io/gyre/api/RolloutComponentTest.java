package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message.RolledBack;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RolloutRecord.State;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RolloutComponentTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");
  private static final String PATH = "/v1/namespaces/default/deployments/web";
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

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

  private void apply(String word, String rollout) throws Exception {
    Answer answer =
        api.apply(
            "deployments: {web: {process: {command: sleep, args: ['%s']}, rollout: {%s}}}"
                .formatted(word, rollout));
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
  }

  private DesiredDeployment wanted() {
    return api.observed.read().deployment(WEB).orElseThrow();
  }

  private Answer post(String path) throws Exception {
    return api.send(api.request(PATH + path).POST(BodyPublishers.noBody()).build());
  }

  private void outcome(long revision, State state, @Nullable Instant completedAt) {
    RolloutRecord row =
        new RolloutRecord(
            WEB, wanted().uid(), revision, state, null, null, 1, NOW, NOW, completedAt);
    api.observed
        .observed()
        .transact(
            tx -> {
              tx.putRollout(row);
              return row;
            });
  }

  @Test
  void aChangeOfThePolicyAloneMakesNoRevision() throws Exception {
    apply("1", "max_surge: 1");
    long generation = wanted().generation();
    Answer answer =
        api.apply(
            "deployments: {web: {process: {command: sleep, args: ['1']}, rollout: {canary: 2,"
                + " strategy: canary, max_surge: 50%}}}");
    JsonNode change = answer.json().path("changes").path(0);
    assertThat(change.path("action").asText()).isEqualTo("update");
    assertThat(change.path("fields").toString())
        .contains("rollout.strategy", "rolling", "canary", "rollout.max_surge", "50%");
    assertThat(wanted().revision()).isEqualTo(1);
    assertThat(wanted().generation()).isEqualTo(generation + 1);
    JsonNode shown = api.get(PATH).json().path("rollout");
    assertThat(shown.path("strategy").asText()).isEqualTo("canary");
    assertThat(shown.path("max_surge").asText()).isEqualTo("50%");
    assertThat(shown.path("progress_deadline_ms").asLong()).isEqualTo(600_000);
  }

  @Test
  void rollsBackToTheRevisionThatWasHealthyLast() throws Exception {
    apply("1", "");
    Answer nothing = api.post(PATH + "/rollback", "{}");
    assertThat(nothing.status()).isEqualTo(409);
    assertThat(nothing.code()).isEqualTo("deployment.rollback.none");
    apply("2", "");
    apply("3", "");
    outcome(1, State.COMPLETE, NOW);
    outcome(2, State.SUPERSEDED, null);
    outcome(3, State.FAILED, null);

    Answer back = api.post(PATH + "/rollback", "{}");
    assertThat(back.status()).isEqualTo(200);
    assertThat(back.json().path("revision").asInt()).isEqualTo(1);
    assertThat(wanted().spec().process()).isNotNull();
    assertThat(api.post(PATH + "/rollback", "{\"revision\": 3}").json().path("revision").asInt())
        .isEqualTo(3);
    assertThat(api.post(PATH + "/rollback", "{\"revision\": 3}").header("ETag"))
        .as("the same again changes nothing")
        .isEqualTo("\"" + wanted().generation() + "\"");
    assertThat(api.post(PATH + "/rollback", "{\"revision\": 9}").code())
        .isEqualTo("revision.not_found");
    assertThat(api.post(PATH + "/rollback", "{\"revision\": 0}").status()).isEqualTo(422);

    JsonNode revisions = api.get(PATH + "/revisions").json().path("items");
    assertThat(revisions.findValuesAsText("state"))
        .containsExactly("complete", "superseded", "failed");
    JsonNode diff = api.get(PATH + "/revisions/3/diff?from=1").json();
    assertThat(diff.path("fields").toString()).contains("process");
    assertThat(api.get(PATH + "/revisions/1/diff").json().has("from")).isFalse();
    assertThat(api.get(PATH + "/revisions/x/diff").status()).isEqualTo(422);
  }

  @Test
  void pausesAndResumes() throws Exception {
    apply("1", "");
    apply("2", "strategy: canary");
    assertThat(post("/rollout/pause").json().path("paused").asBoolean()).isTrue();
    long generation = wanted().generation();
    assertThat(post("/rollout/pause").status()).isEqualTo(200);
    assertThat(wanted().generation()).isEqualTo(generation);
    assertThat(post("/rollout/resume").json().path("paused").asBoolean()).isFalse();
    assertThat(wanted().promoted()).isZero();
    outcome(2, State.CANARY, null);
    assertThat(post("/rollout/resume").status()).isEqualTo(200);
    assertThat(wanted().promoted()).isEqualTo(2);
    long promoted = wanted().generation();
    assertThat(post("/rollout/pause").status()).isEqualTo(200);
    apply("3", "strategy: canary");
    assertThat(wanted().paused()).as("a new revision is not paused").isFalse();
    assertThat(wanted().generation()).isEqualTo(promoted + 2);
  }

  @Test
  void followsTheReconcilerUnlessItWasChangedMeanwhile() throws Exception {
    apply("1", "");
    apply("2", "");
    api.reconciler.publish(new RolledBack(WEB, wanted().uid(), 2, 1, "web-a crashes"), "c-1", "");
    Api.await(() -> wanted().revision() == 1, "the rollback");
    assertThat(api.get(PATH + "/why").response().body()).contains("web-a crashes");
    apply("3", "");
    long generation = wanted().generation();
    api.reconciler.publish(new RolledBack(WEB, wanted().uid(), 2, 1, "late"), "c-2", "");
    api.reconciler.publish(new RolledBack(WEB, "another", 3, 1, "foreign"), "c-3", "");
    api.reconciler.publish(new RolledBack(WEB, wanted().uid(), 3, 1, "last"), "c-4", "");
    Api.await(() -> wanted().revision() == 1, "the one that fits");
    assertThat(wanted().generation()).isEqualTo(generation + 1);
  }
}
