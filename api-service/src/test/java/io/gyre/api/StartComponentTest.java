package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.api.Api.Answer;
import io.gyre.component.FileText;
import io.gyre.component.Home;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.Store;
import io.gyre.store.TokenRecord;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts, tokens and who may come in. */
final class StartComponentTest {
  @TempDir Path root;
  private Home home;

  @BeforeEach
  void makeHome() {
    home = new Home(root.resolve("h"));
    home.create();
  }

  private int status(ApiServer api, String token) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create(api.address() + "/v1/deployments"))
                  .header("Authorization", "Bearer " + token)
                  .build(),
              BodyHandlers.discarding())
          .statusCode();
    }
  }

  @Test
  void theFirstStartMakesATokenThatTheNextOneKeeps() throws Exception {
    String token;
    try (ApiServer api = Api.launch(home, 0)) {
      token = Files.readString(home.adminTokenFile()).strip();
      assertThat(token).matches("gyre_[a-z0-9]{40}");
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(home.adminTokenFile())))
          .isEqualTo("rw-------");
      assertThat(status(api, token)).isEqualTo(200);
    }
    try (Store store = Store.open(home.database(), Component.RUNTIME, Api.CLOCK)) {
      List<TokenRecord> tokens = store.identities(state -> state.tokens());
      assertThat(tokens).hasSize(1);
      assertThat(tokens.getFirst().sha256()).doesNotContain(token);
    }
    // The file is for the local user; without it the token still counts, and no new one is made.
    Files.delete(home.adminTokenFile());
    try (ApiServer api = Api.launch(home, 0)) {
      assertThat(status(api, token)).isEqualTo(200);
      assertThat(home.adminTokenFile()).doesNotExist();
    }
  }

  @Test
  void aTokenFileWrittenBeforeACrashIsTaken() throws Exception {
    String token = "gyre_" + "a2b3".repeat(10);
    FileText.write(home.adminTokenFile(), token + "\n", true);
    try (ApiServer api = Api.launch(home, 0)) {
      assertThat(status(api, token)).isEqualTo(200);
    }
    assertThat(Files.readString(home.adminTokenFile()).strip()).isEqualTo(token);
  }

  @Test
  void aTokenFileWithoutATokenIsReplaced() throws Exception {
    FileText.write(home.adminTokenFile(), "", false);
    try (ApiServer api = Api.launch(home, 0)) {
      assertThat(status(api, Files.readString(home.adminTokenFile()).strip())).isEqualTo(200);
    }
  }

  @Test
  void aStartTellsOfWhatTheReconcilerHasNotSeenYet() throws Exception {
    try (Api api = new Api(root)) {
      assertThat(
              api.apply("deployments: { web: { process: { command: [sleep, \"1\"] } } }").status())
          .isEqualTo(200);
      Message told = new Message.DeploymentChanged(new DeploymentKey("default", "web"), 1);
      Api.await(() -> api.heard.contains(told), "the announcement");
      api.closeServer();
      api.heard.clear();
      try (ApiServer _ = Api.launch(api.home, 0)) {
        Api.await(() -> api.heard.contains(told), "the announcement of the next start");
      }
    }
  }

  @Test
  void aPortInUseIsSaidSo() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Api.launch(home, taken.getLocalPort()))
          .isInstanceOfSatisfying(
              GyreException.class,
              e -> {
                assertThat(e.code()).isEqualTo("api.port_in_use");
                assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT);
                assertThat(e.hint()).contains("api.port");
              });
    }
    // All that was opened is closed again.
    try (ApiServer api = Api.launch(home, 0)) {
      assertThat(api.address()).startsWith("http://127.0.0.1:");
    }
  }

  @Test
  void onlyATokenThatMayGetsIn() throws Exception {
    try (Api api = new Api(root)) {
      put(api, "viewer-token", "viewer", null);
      put(api, "old-token", "admin", Instant.now().minusSeconds(1));
      put(api, "odd-token", "stranger", null);
      refused(api, "/v1/deployments", null, 401, "auth.missing");
      refused(api, "/v1/deployments", "Basic YTpi", 401, "auth.malformed");
      refused(api, "/v1/deployments", "Bearer", 401, "auth.malformed");
      refused(api, "/v1/deployments", "Bearer wrong", 401, "auth.invalid");
      refused(api, "/v1/deployments", "Bearer wrong", 401, "auth.invalid");
      refused(api, "/v1/deployments", "Bearer " + api.token + "x", 401, "auth.invalid");
      refused(api, "/v1/deployments", "Bearer old-token", 401, "auth.invalid");
      refused(api, "/v1/deployments", "Bearer odd-token", 403, "auth.forbidden");
      assertThat(get(api, "/v1/deployments", "bearer  " + api.token).status()).isEqualTo(200);
      assertThat(get(api, "/v1/deployments", "Bearer viewer-token").status()).isEqualTo(200);
      assertThat(get(api, "/v1/health", null).status()).isEqualTo(200);
      assertThat(get(api, "/v1/openapi.json", null).json().path("openapi").asText())
          .isEqualTo("3.1.0");
      refused(api, "/v1/events", null, 401, "auth.missing");
      refused(api, "/v1/schema", null, 401, "auth.missing");
      Answer write =
          api.send(
              HttpRequest.newBuilder(URI.create(api.address() + "/v1/apply"))
                  .header("Authorization", "Bearer viewer-token")
                  .header("Content-Type", "application/yaml")
                  .POST(HttpRequest.BodyPublishers.ofString("deployments: {}"))
                  .build());
      assertThat(write.status()).isEqualTo(403);
      assertThat(api.get("/v1/schema").json().isObject()).isTrue();
    }
  }

  private void put(Api api, String token, String role, @Nullable Instant expires) throws Exception {
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest(token.getBytes(StandardCharsets.US_ASCII)));
    try (Store store = Store.open(api.home.database(), Component.API, Api.CLOCK)) {
      boolean _ =
          store
              .desired()
              .transact(
                  tx -> {
                    tx.identities()
                        .putToken(
                            new TokenRecord(token, token, hash, role, Instant.now(), expires));
                    return true;
                  });
    }
  }

  private static Answer get(Api api, String path, @Nullable String authorization) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api.address() + path));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return api.send(request.build());
  }

  private static void refused(
      Api api, String path, @Nullable String authorization, int status, String code)
      throws Exception {
    Answer answer = get(api, path, authorization);
    assertThat(answer.status()).as(String.valueOf(authorization)).isEqualTo(status);
    assertThat(answer.code()).isEqualTo(code);
    assertThat(answer.header("WWW-Authenticate").startsWith("Bearer")).isEqualTo(status == 401);
  }
}
