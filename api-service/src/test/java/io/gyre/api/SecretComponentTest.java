package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.RuntimeInfo;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets go in and don't come out, and their users follow them. */
final class SecretComponentTest {
  private static final String SECRETS = "/v1/namespaces/default/secrets";
  private static final String VALUE = "Hunter2-and-a-half";

  @TempDir Path directory;
  private Api api;
  private final List<String> answers = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    api = new Api(directory);
  }

  @AfterEach
  void close() {
    api.close();
  }

  private Api.Answer kept(Api.Answer answer) {
    answers.add(answer.response().body() + answer.response().headers().map());
    return answer;
  }

  private Api.Answer create(String name, String key, String value) throws Exception {
    return kept(
        api.post(
            SECRETS,
            "{\"name\":\"%s\",\"entries\":{\"%s\":\"%s\"}}".formatted(name, key, base64(value))));
  }

  private Api.Answer put(String name, String body, @Nullable String ifMatch) throws Exception {
    var request =
        api.request(SECRETS + "/" + name)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body));
    return kept(
        api.send((ifMatch == null ? request : request.header("If-Match", ifMatch)).build()));
  }

  private Api.Answer set(String name, String key, String value) throws Exception {
    return put(
        name, "{\"merge\":true,\"entries\":{\"%s\":\"%s\"}}".formatted(key, base64(value)), null);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private JsonNode get(String path) throws Exception {
    return kept(api.get(path)).json();
  }

  private void assertNothingShows() throws Exception {
    for (String form : List.of(VALUE, base64(VALUE))) {
      assertThat(answers).noneMatch(answer -> answer.contains(form));
      try (Stream<Path> files = Files.walk(api.home.root())) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
              .as(file.toString())
              .doesNotContain(form);
        }
      }
    }
  }

  @Test
  void versionsAreKeptAndNoValueIsShown() throws Exception {
    assertThat(create("db", "password", VALUE).status()).isEqualTo(201);
    assertThat(create("db", "password", VALUE).code()).isEqualTo("secret.exists");
    assertThat(set("db", "user", "admin").json().path("version").asInt()).isEqualTo(2);
    assertThat(set("db", "user", "admin").json().path("version").asInt())
        .as("the same again is nothing")
        .isEqualTo(2);
    JsonNode shown = get(SECRETS + "/db");
    assertThat(shown.path("keys").toString()).isEqualTo("[\"password\",\"user\"]");
    Api.Answer stale = put("db", "{\"entries\":{\"a\":\"\"}}", "\"1\"");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(put("db", "{\"entries\":{\"a\":\"\"}}", "\"2\"").json().path("keys").toString())
        .isEqualTo("[\"a\"]");
    JsonNode back = kept(api.post(SECRETS + "/db/rollback", "{\"version\":2}")).json();
    assertThat(back.path("version").asInt()).isEqualTo(4);
    assertThat(back.path("digest")).as("equal entries").isEqualTo(shown.path("digest"));
    assertThat(get(SECRETS + "/db/versions").path("items").size()).isEqualTo(4);
    assertThat(get("/v1/secrets").path("items").size()).isEqualTo(1);
    assertThat(put("db", "{\"merge\":true,\"removed\":[\"user\"]}", null).json().path("keys"))
        .hasSize(1);
    assertThat(api.delete("/v1/namespaces/default").code()).isEqualTo("namespace.not_empty");
    assertNothingShows();
    assertThat(api.delete(SECRETS + "/db").status()).isEqualTo(204);
    assertThat(api.get(SECRETS + "/db").code()).isEqualTo("secret.not_found");
  }

  @Test
  void everyProblemIsNamedAndNoneShowsAValue() throws Exception {
    Api.Answer bad =
        kept(
            api.post(
                SECRETS,
                "{\"name\":\"x\",\"entries\":{\"a b\":\"\",\"ok\":\"%s!\"}}".formatted(VALUE)));
    assertThat(bad.status()).isEqualTo(422);
    assertThat(bad.json().path("violations").findValuesAsText("code"))
        .containsExactlyInAnyOrder("secret.key.invalid", "secret.value.invalid");
    assertThat(create("No", "a", "b").code()).isEqualTo("secret.name.invalid");
    assertThat(kept(api.post(SECRETS, "{\"name\":\"x\",\"entries\":{}}")).code())
        .isEqualTo("secret.empty");
    assertThat(set("nowhere", "a", "b").code()).isEqualTo("secret.not_found");
    assertNothingShows();
  }

  private void processCan(String... capabilities) {
    api.observed
        .observed()
        .run(
            tx ->
                tx.putRuntime(
                    new RuntimeInfo(
                        "process",
                        "1",
                        RuntimeInfo.State.READY,
                        null,
                        Set.of(capabilities),
                        "process.jar",
                        Instant.EPOCH)));
  }

  @Test
  void filesThatFollowASignalMakeNoRevision() throws Exception {
    String manifest =
        """
        deployments:
          web:
            process: { command: "sleep 1000" }
            volumes: [ { type: secret, source: db, destination: /secrets } ]
            on_config_change: signal
        """;
    create("db", "password", VALUE);
    processCan("PROCESS", "SECRETS", "SIGNAL");
    assertThat(kept(api.apply(manifest)).json().toString())
        .contains("replacing the files of a secret", "use roll or none in on_config_change");
    processCan("PROCESS", "SECRETS", "SIGNAL", "SECRET_REFRESH");
    assertThat(kept(api.apply(manifest)).status()).isEqualTo(200);

    set("db", "password", VALUE + VALUE);
    assertThat(get("/v1/namespaces/default/deployments/web").path("revision").asInt()).isOne();
    Message told = new Message.ContentChanged(new DeploymentKey("default", "web"));
    Api.await(() -> api.heard.contains(told), "the host is told");
    assertThat(kept(api.delete(SECRETS + "/db")).json().path("detail").asText())
        .contains("default/web");
    assertNothingShows();
  }

  @Test
  void usersFollowANewVersionAndKeepTheSecretFromBeingDeleted() throws Exception {
    processCan("PROCESS", "SECRETS");
    String manifest =
        """
        deployments:
          web:
            process: { command: "sleep 1000" }
            environment: { PASSWORD: { secretRef: { name: db, key: password } } }
            envFrom: [ { secret: more, prefix: X_ } ]
            volumes: [ { type: secret, source: db, destination: /secrets } ]
        """;
    JsonNode refused = kept(api.apply(manifest)).json();
    assertThat(refused.path("violations").findValuesAsText("path"))
        .containsExactlyInAnyOrder(
            "deployments.web.environment.PASSWORD",
            "deployments.web.envFrom[0]",
            "deployments.web.volumes[0]");
    create("db", "password", VALUE);
    create("more", "A", VALUE);
    assertThat(kept(api.apply(manifest)).status()).isEqualTo(200);
    assertThat(kept(api.apply(manifest)).json().toString()).contains("unchanged");
    assertThat(kept(api.delete(SECRETS + "/more")).json().path("detail").asText())
        .contains("default/web");
    assertThat(put("db", "{\"entries\":{\"other\":\"\"}}", null).code()).isEqualTo("secret.in_use");

    set("db", "password", VALUE + VALUE);
    JsonNode web = get("/v1/namespaces/default/deployments/web");
    assertThat(web.path("revision").asInt()).isEqualTo(2);
    assertThat(get("/v1/namespaces/default/deployments/web/why").toString())
        .contains("secret db: version 1 -> 2");
    get("/v1/namespaces/default/deployments/web/revisions");
    assertThat(get("/v1/namespaces/default/deployments/web/revisions/2/diff?from=1").toString())
        .contains("secret db");
    assertNothingShows();
  }

  @Test
  void theKeyIsChangedWhileSecretsAreReadAndWritten() throws Exception {
    assertThat(get("/v1/keys").path("state").asText()).isEqualTo("none");
    for (int i = 0; i < 40; i++) {
      create("s" + i, "a", VALUE);
    }
    AtomicBoolean done = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    Thread user =
        Thread.startVirtualThread(
            () -> {
              for (int i = 0; !done.get(); i++) {
                try {
                  assertThat(set("s" + i % 40, "b", "value " + i).status()).isEqualTo(200);
                } catch (Exception | AssertionError e) {
                  failures.add(e);
                  return;
                }
              }
            });
    JsonNode first = kept(api.post("/v1/keys/rotate", "")).json();
    done.set(true);
    user.join();
    assertThat(failures).isEmpty();
    assertThat(first.path("continued").asBoolean()).isFalse();
    assertThat(first.path("moved").asInt()).isGreaterThanOrEqualTo(40);
    assertThat(get("/v1/keys").path("state").asText()).isEqualTo("ok");

    // As if the API had died after it made a key.
    Files.writeString(
        api.home.keys().resolve("kek"),
        Base64.getEncoder().encodeToString(new byte[32]) + "\n",
        StandardOpenOption.APPEND);
    assertThat(get("/v1/keys").path("state").asText()).isEqualTo("rotating");
    assertThat(kept(api.post("/v1/keys/rotate", "")).json().path("continued").asBoolean()).isTrue();
    assertThat(get("/v1/keys").path("items").findValuesAsText("values"))
        .as("all of it is under the last key")
        .filteredOn(values -> !values.equals("0"))
        .hasSize(1);
  }

  @Test
  void aLostKeyLosesNothing() throws Exception {
    create("db", "a", VALUE);
    Path key = api.home.keys().resolve("kek");
    Path aside = key.resolveSibling("aside");
    Files.move(key, aside);
    assertThat(get("/v1/keys").path("state").asText()).isEqualTo("missing");
    assertThat(get("/v1/status").path("secret_keys").asText()).isEqualTo("missing");
    assertThat(create("other", "a", VALUE).code()).isEqualTo("secrets.key_missing");
    assertThat(set("db", "b", VALUE).status()).isEqualTo(503);
    assertThat(key).as("no key is made over what is sealed").doesNotExist();
    assertThat(get(SECRETS + "/db").path("version").asInt()).isEqualTo(1);
    Files.move(aside, key, StandardCopyOption.ATOMIC_MOVE);
    assertThat(get("/v1/keys").path("state").asText()).isEqualTo("ok");
    assertThat(set("db", "b", VALUE).json().path("version").asInt()).isEqualTo(2);
  }
}
