package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message.DeploymentRemoved;
import io.gyre.messages.Message.RegistryLoginChanged;
import io.gyre.model.DeploymentKey;
import io.gyre.model.RegistryAuth;
import io.gyre.store.SealedName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who pulls images, as the API takes it. */
final class RegistryLoginComponentTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");
  private static final SealedName STORED =
      SealedName.registryPassword(
          WEB, new RegistryAuth.Login("r.example.com", "alice", null, null));
  private static final String FIRST = "pw-4f1c9e7a";
  private static final String SECOND = "pw-b02d6c51";

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

  private Answer apply(String config, String password, boolean dryRun) throws Exception {
    String manifest = "deployments: {web: {image: r.example.com/web, config: " + config + "}}";
    return api.post(
        "/v1/apply?dry_run=" + dryRun,
        JSON.writeValueAsString(
            Map.of(
                "files", List.of(Map.of("name", "m.yaml", "content", manifest)),
                "variables", Map.of("PW", password))));
  }

  private Answer login(String password, boolean dryRun) throws Exception {
    return apply("{username: alice, password: $PW}", password, dryRun);
  }

  private static JsonNode change(Answer answer) {
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    for (JsonNode change : answer.json().path("changes")) {
      if (change.path("kind").asText().equals("deployment")) {
        return change;
      }
    }
    throw new AssertionError(answer.response().body());
  }

  private long told() {
    return api.heard.stream().filter(new RegistryLoginChanged(WEB)::equals).count();
  }

  private boolean isStored() {
    return api.observed.secrets(state -> state.sealed(STORED).isPresent());
  }

  @Test
  void aPasswordIsSealedAndAnotherOneMakesNoRevision() throws Exception {
    assertThat(change(login(FIRST, false)).path("revision").asLong()).isEqualTo(1);
    Api.await(() -> told() == 1, "it is told");
    assertThat(change(login(FIRST, false)).path("action").asText()).isEqualTo("unchanged");

    Answer plan = login(SECOND, true);
    assertThat(change(plan).path("action").asText()).isEqualTo("update");
    assertThat(change(plan).path("revision").asLong()).isEqualTo(1);
    assertThat(change(plan).path("fields").toString())
        .isEqualTo("[{\"path\":\"config.password\",\"from\":\"(set)\",\"to\":\"(changed)\"}]");
    assertThat(told()).as("a plan changes nothing").isEqualTo(1);
    assertThat(change(login(SECOND, false)).path("generation").asLong()).isEqualTo(2);
    Api.await(() -> told() == 2, "it is told");
    assertThat(change(login(SECOND, false)).path("action").asText()).isEqualTo("unchanged");

    Answer view = api.get("/v1/namespaces/default/deployments/web");
    assertThat(view.json().path("spec").path("container").path("registry_login").toString())
        .isEqualTo("{\"from\":\"password\",\"server\":\"r.example.com\",\"username\":\"alice\"}");
    for (String path :
        List.of(
            "/v1/namespaces/default/deployments/web",
            "/v1/namespaces/default/deployments/web/revisions",
            "/v1/namespaces/default/deployments/web/why",
            "/v1/events?limit=500")) {
      assertThat(api.get(path).response().body()).as(path).doesNotContain(FIRST, SECOND);
    }
    assertThat(plan.response().body()).doesNotContain(FIRST, SECOND);
    assertNowhere(FIRST, SECOND);

    assertThat(isStored()).isTrue();
    assertThat(api.delete("/v1/namespaces/default/deployments/web").status()).isLessThan(300);
    var row = api.observed.read().deployment(WEB).orElseThrow();
    api.reconciler.publish(new DeploymentRemoved(WEB, row.uid(), row.generation()), "", "");
    Api.await(() -> api.observed.read().deployment(WEB).isEmpty(), "it is gone");
    assertThat(isStored()).isFalse();
  }

  private void assertNowhere(String... words) throws Exception {
    try (Stream<Path> files = Files.walk(api.home.root())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        for (String word : words) {
          assertThat(content.contains(word)).as(file + " has " + word).isFalse();
        }
      }
    }
  }

  @Test
  void aPullSecretMustBeThereAndItsChangeRollsNobody() throws Exception {
    Answer missing = apply("{image_pull_secret: hub}", "", false);
    assertThat(missing.status()).isEqualTo(422);
    assertThat(missing.json().path("violations").get(0).path("path").asText())
        .isEqualTo("deployments.web.config.image_pull_secret");
    Answer noPassword = apply("{username: alice, password: {secretRef: hub}}", "", false);
    assertThat(noPassword.json().path("violations").get(0).path("path").asText())
        .isEqualTo("deployments.web.config.password");

    String all = "/v1/namespaces/default/secrets";
    String entries = "{\"a\":\"e30=\",\"b\":\"e30=\"}";
    assertThat(api.post(all, "{\"name\":\"hub\",\"entries\":" + entries + "}").status())
        .isEqualTo(201);
    assertThat(apply("{image_pull_secret: hub}", "", false).response().body())
        .contains("has several entries, and none is", ".dockerconfigjson");
    entries = "{\"a\":\"e30=\",\".dockerconfigjson\":\"e30=\"}";
    assertThat(put(all + "/hub", entries).status()).isEqualTo(200);
    assertThat(change(apply("{image_pull_secret: hub}", "", false)).path("revision").asLong())
        .isEqualTo(1);
    assertThat(told()).isZero();

    assertThat(put(all + "/hub", "{\".dockerconfigjson\":\"e30K\"}").status()).isEqualTo(200);
    Api.await(() -> told() == 1, "who pulls with it is told");
    assertThat(api.observed.read().deployment(WEB).orElseThrow().revision()).isEqualTo(1);
    assertThat(api.delete(all + "/hub").code()).isEqualTo("secret.in_use");
  }

  private Answer put(String path, String entries) throws Exception {
    return api.send(
        api.request(path)
            .header("Content-Type", "application/json")
            .PUT(java.net.http.HttpRequest.BodyPublishers.ofString("{\"entries\":" + entries + "}"))
            .build());
  }

  @Test
  void theLoginsOfTheHostAreForThoseWhoMay() throws Exception {
    Answer refused = apply("{use_host_auth: true}", "", false);
    assertThat(refused.status()).isEqualTo(422);
    JsonNode violation = refused.json().path("violations").get(0);
    assertThat(violation.path("code").asText())
        .isEqualTo("deployment.config.use_host_auth.not_allowed");
    assertThat(violation.path("message").asText())
        .contains("runtime.settings.docker.use_host_auth");
    assertThat(change(apply("{use_host_auth: false}", "", false)).path("action").asText())
        .isEqualTo("create");
  }

  @Test
  void aPasswordInTheManifestIsRefusedAndNotShown() throws Exception {
    Answer refused = apply("{username: alice, password: " + FIRST + "}", "", false);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.response().body()).contains("deployment.config.password.literal");
    assertThat(refused.response().body()).doesNotContain(FIRST);
    String encoded = Base64.getEncoder().encodeToString(FIRST.getBytes(StandardCharsets.UTF_8));
    assertThat(refused.response().body()).doesNotContain(encoded);
  }
}
