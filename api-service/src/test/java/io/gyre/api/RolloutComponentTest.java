package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message.DeploymentHalted;
import io.gyre.messages.Message.RolledBack;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Halt;
import io.gyre.model.HaltRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RolloutRecord.State;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
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

  private Answer apply(String word, String rollout) throws Exception {
    Answer answer =
        api.apply(
            "deployments: {web: {process: {command: sleep, args: ['%s']}, rollout: {%s}}}"
                .formatted(word, rollout));
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return answer;
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
    var _ = apply("1", "max_surge: 1");
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
    var _ = apply("1", "");
    Answer nothing = api.post(PATH + "/rollback", "{}");
    assertThat(nothing.status()).isEqualTo(409);
    assertThat(nothing.code()).isEqualTo("deployment.rollback.none");
    var _ = apply("2", "");
    var _ = apply("3", "");
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
    var _ = apply("1", "");
    var _ = apply("2", "strategy: canary");
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
    var _ = apply("3", "strategy: canary");
    assertThat(wanted().paused()).as("a new revision is not paused").isFalse();
    assertThat(wanted().generation()).isEqualTo(promoted + 2);
  }

  @Test
  void followsTheReconcilerUnlessItWasChangedMeanwhile() throws Exception {
    var _ = apply("1", "");
    var _ = apply("2", "");
    api.reconciler.publish(new RolledBack(WEB, wanted().uid(), 2, 1, "web-a crashes"), "c-1", "");
    Api.await(() -> wanted().revision() == 1, "the rollback");
    assertThat(api.get(PATH + "/why").response().body()).contains("web-a crashes");
    var _ = apply("3", "");
    long generation = wanted().generation();
    api.reconciler.publish(new RolledBack(WEB, wanted().uid(), 2, 1, "late"), "c-2", "");
    api.reconciler.publish(new RolledBack(WEB, "another", 3, 1, "foreign"), "c-3", "");
    api.reconciler.publish(new RolledBack(WEB, wanted().uid(), 3, 1, "last"), "c-4", "");
    Api.await(() -> wanted().revision() == 1, "the one that fits");
    assertThat(wanted().generation()).isEqualTo(generation + 1);
  }

  @Test
  void stopsAndStarts() throws Exception {
    var _ = apply("1", "");
    assertThat(post("/stop").json().path("stopped").asBoolean()).isTrue();
    long generation = wanted().generation();
    assertThat(post("/stop").status()).isEqualTo(200);
    assertThat(wanted().generation()).as("the same again changes nothing").isEqualTo(generation);
    assertThat(wanted().halted()).isEqualTo(new Halt(Halt.ASKED, "asked for by token:admin"));
    assertThat(api.post(PATH + "/scale", "{\"replicas\": 2}").status()).isEqualTo(200);
    assertThat(wanted().halted()).as("scaling starts nothing").isNotNull();
    assertThat(post("/start").json().path("stopped").asBoolean()).isFalse();
    generation = wanted().generation();
    assertThat(post("/start").status()).isEqualTo(200);
    assertThat(wanted().generation()).isEqualTo(generation);
    assertThat(post("/stop").status()).isEqualTo(200);
    assertThat(post("/restart").json().path("stopped").asBoolean()).isFalse();
    assertThat(post("/stop").status()).isEqualTo(200);
    Answer again = apply("1", "");
    assertThat(again.json().path("changes").path(0).path("action").asText()).isEqualTo("update");
    assertThat(again.json().path("changes").path(0).path("reason").asText())
        .isEqualTo("it is stopped, and is started again");
    assertThat(wanted().halted()).isNull();
    assertThat(wanted().revision()).isEqualTo(1);
  }

  @Test
  void followsAHealthCheckThatStopsUnlessItWasChangedMeanwhile() throws Exception {
    var _ = apply("1", "");
    String uid = wanted().uid();
    api.reconciler.publish(new DeploymentHalted(WEB, uid, 1, "web-a: 503"), "c-1", "");
    Api.await(() -> wanted().halted() != null, "it follows");
    assertThat(wanted().halted()).isEqualTo(new Halt(Halt.HEALTH_CHECK, "web-a: 503"));
    assertThat(api.get(PATH + "/why").response().body())
        .contains("reconciler asked to stop default/web")
        .contains("web-a: 503");
    assertThat(post("/start").status()).isEqualTo(200);
    long generation = wanted().generation();
    api.reconciler.publish(new DeploymentHalted(WEB, uid, 1, "late"), "c-2", "");
    api.reconciler.publish(new DeploymentHalted(WEB, "another", generation, "foreign"), "c-3", "");
    api.reconciler.publish(new DeploymentHalted(WEB, uid, generation, "last"), "c-4", "");
    Api.await(() -> wanted().halted() != null, "the one that fits");
    assertThat(wanted().halted()).isEqualTo(new Halt(Halt.HEALTH_CHECK, "last"));
  }

  @Test
  void noChangeUndoesAStopThatItHasNotHeardOf() throws Exception {
    var _ = apply("1", "");
    HaltRecord halt =
        new HaltRecord(
            WEB,
            wanted().uid(),
            wanted().generation(),
            new InstanceId("web-a"),
            "web-a: 503",
            Instant.now());
    api.observed.observed().run(tx -> tx.putHalt(halt));
    assertThat(api.get(PATH).json().path("stopped").asBoolean()).isTrue();
    assertThat(api.post(PATH + "/scale", "{\"replicas\": 2}").status()).isEqualTo(200);
    assertThat(wanted().halted()).as("taken in").isEqualTo(halt.halt());
    assertThat(post("/start").status()).isEqualTo(200);
    assertThat(wanted().halted()).isNull();
    assertThat(api.get(PATH).json().path("stopped").asBoolean()).isFalse();

    HaltRecord next =
        new HaltRecord(
            WEB, wanted().uid(), wanted().generation(), halt.instance(), "again", Instant.now());
    api.observed.observed().run(tx -> tx.putHalt(next));
    long generation = wanted().generation();
    assertThat(post("/start").json().path("stopped").asBoolean()).isFalse();
    assertThat(wanted().generation()).as("there was something to undo").isGreaterThan(generation);
  }

  @Test
  void showsWhatProbesSawAlsoOfAnInstanceThatIsGone() throws Exception {
    InstanceId id = new InstanceId("web-a");
    assertThat(api.get("/v1/instances/web-a/health").status()).isEqualTo(404);
    ProbeRecord.Answer good = new ProbeRecord.Answer(true, "answered 200", NOW, NOW, 3, 1);
    ProbeRecord.Answer bad = new ProbeRecord.Answer(false, "answered 503", NOW, NOW, 2, 9);
    api.observed
        .observed()
        .run(
            tx ->
                tx.putProbe(
                    new ProbeRecord(
                        id,
                        WEB,
                        0,
                        "http GET http://localhost/",
                        "readiness",
                        NOW,
                        ProbeRecord.State.FAILING,
                        NOW,
                        List.of(good, bad),
                        NOW)));
    JsonNode check = api.get("/v1/instances/web-a/health").json().path("checks").path(0);
    assertThat(check.path("state").asText()).isEqualTo("failing");
    assertThat(check.path("answers").findValuesAsText("detail"))
        .as("newest first")
        .containsExactly("answered 503", "answered 200");
    assertThat(check.path("answers").path(0).path("latency_ms").asInt()).isEqualTo(9);
  }
}
