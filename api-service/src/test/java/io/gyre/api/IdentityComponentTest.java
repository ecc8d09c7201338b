package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.api.Api.Answer;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users, tokens and logins, and what ends them. */
final class IdentityComponentTest {
  private static final String PASSWORD = "correct horse battery";

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

  private Answer send(String method, String path, @Nullable String body, String token)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(api.address() + path))
            .header("Authorization", "Bearer " + token);
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    return api.send(
        request
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  private Answer admin(String method, String path, @Nullable String body) throws Exception {
    return send(method, path, body, api.token);
  }

  /** Without a password, for to hash one takes time. */
  private void user(String name, String role) throws Exception {
    user(name, role, "");
  }

  private void user(String name, String role, String more) throws Exception {
    Answer answer =
        admin(
            "POST",
            "/v1/users",
            "{\"name\":\"%s\",\"roles\":[\"%s\"]%s}".formatted(name, role, more));
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(201);
    assertThat(answer.response().body()).doesNotContain("argon2", PASSWORD);
  }

  /** As good as a session of the user. */
  private String as(String user) throws Exception {
    return token("{\"name\":\"%s\",\"user\":\"%s\"}".formatted(user, user), api.token);
  }

  private Answer login(String user, String password) throws Exception {
    return api.send(
        HttpRequest.newBuilder(URI.create(api.address() + "/v1/login"))
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    "{\"user\":\"%s\",\"password\":\"%s\"}".formatted(user, password)))
            .build());
  }

  private String session(String user) throws Exception {
    return login(user, PASSWORD).json().path("token").asText();
  }

  private String token(String body, String by) throws Exception {
    Answer answer = send("POST", "/v1/tokens", body, by);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(201);
    return answer.json().path("token").asText();
  }

  private int status(String path, String token) throws Exception {
    return send("GET", path, null, token).status();
  }

  @Test
  void aSessionEndsWithItsLogoutAndWithWhatChangesTheUser() throws Exception {
    user("ann", "viewer", ",\"password\":\"" + PASSWORD + "\"");
    String first = session("ann");
    String second = session("ann");
    assertThat(first).startsWith("gyres_").isNotEqualTo(second);
    Answer who = send("GET", "/v1/whoami", null, first);
    assertThat(who.json().path("actor").asText()).isEqualTo("user:ann");
    assertThat(status("/v1/deployments", first)).isEqualTo(200);
    assertThat(status("/v1/users", first)).isEqualTo(403);
    assertThat(send("POST", "/v1/logout", null, first).status()).isEqualTo(204);
    assertThat(status("/v1/deployments", first)).isEqualTo(401);
    assertThat(status("/v1/deployments", second)).isEqualTo(200);
    assertThat(admin("PUT", "/v1/users/ann/roles", "{\"roles\":[\"operator\"]}").status())
        .isEqualTo(200);
    assertThat(status("/v1/deployments", second)).isEqualTo(401);
    String third = session("ann");
    String fourth = session("ann");
    // His own needs the one before, and leaves the session that asks.
    assertThat(
            send(
                    "PUT",
                    "/v1/users/ann/password",
                    "{\"password\":\"another long one\",\"current\":\"wrong\"}",
                    third)
                .code())
        .isEqualTo("login.refused");
    assertThat(
            send(
                    "PUT",
                    "/v1/users/ann/password",
                    "{\"password\":\"another long one\",\"current\":\"%s\"}".formatted(PASSWORD),
                    third)
                .status())
        .isEqualTo(204);
    assertThat(status("/v1/deployments", third)).isEqualTo(200);
    assertThat(status("/v1/deployments", fourth)).isEqualTo(401);
    assertThat(login("ann", PASSWORD).status()).isEqualTo(401);
    assertThat(admin("DELETE", "/v1/users/ann", null).status()).isEqualTo(204);
    assertThat(status("/v1/deployments", third)).isEqualTo(401);
  }

  @Test
  void failedLoginsLockForAWhileAlsoAfterARestart() throws Exception {
    user("ann", "viewer", ",\"password\":\"" + PASSWORD + "\"");
    Answer wrong = login("ann", "not the password");
    Answer unknown = login("bob", "not the password");
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.json().path("detail")).isEqualTo(unknown.json().path("detail"));
    assertThat(wrong.code()).isEqualTo(unknown.code());
    for (int i = 0; i < 4; i++) {
      assertThat(login("ann", "not the password").status()).isEqualTo(401);
    }
    Answer locked = login("ann", PASSWORD);
    assertThat(locked.status()).isEqualTo(429);
    assertThat(locked.code()).isEqualTo("login.locked");
    assertThat(Integer.parseInt(locked.header("Retry-After"))).isBetween(1, 15);
    assertThat(admin("GET", "/v1/users/ann", null).json().has("locked_until")).isTrue();
    api.closeServer();
    try (ApiServer next = Api.launch(api.home, api.port())) {
      assertThat(next.address()).isEqualTo(api.address());
      assertThat(login("ann", PASSWORD).status()).isEqualTo(429);
      assertThat(admin("POST", "/v1/users/ann/unlock", null).status()).isEqualTo(204);
      assertThat(login("ann", PASSWORD).status()).isEqualTo(200);
    }
  }

  @Test
  void aTokenIsGoodForNoMoreThanItsScopesAndItsOwner() throws Exception {
    user("ann", "operator");
    String ann = as("ann");
    String all = token("{\"name\":\"all\"}", ann);
    String reads =
        token(
            """
            {"name":"reads","scopes":["deployments:read"],"namespaces":["shop"],"expires_in":"1h"}
            """,
            ann);
    assertThat(status("/v1/deployments", reads)).isEqualTo(200);
    assertThat(status("/v1/deployments?namespace=shop", reads)).isEqualTo(200);
    assertThat(status("/v1/deployments?namespace=other", reads)).isEqualTo(403);
    assertThat(status("/v1/instances", reads)).isEqualTo(403);
    assertThat(send("POST", "/v1/tokens", "{\"name\":\"more\"}", reads).status()).isEqualTo(403);
    assertThat(status("/v1/instances", all)).isEqualTo(200);
    assertThat(status("/v1/users", all)).isEqualTo(403);
    // The owner's rights count when it is used.
    assertThat(admin("PUT", "/v1/users/ann/roles", "{\"roles\":[\"viewer@shop\"]}").status())
        .isEqualTo(200);
    assertThat(status("/v1/instances?namespace=other", all)).isEqualTo(403);
    assertThat(admin("PUT", "/v1/users/ann/roles", "{\"roles\":[\"admin\"]}").status())
        .isEqualTo(200);
    assertThat(status("/v1/users", all)).isEqualTo(200);
    assertThat(status("/v1/instances", reads)).isEqualTo(403);
  }

  @Test
  void aTokenIsReplacedWithGraceAndRevokedAtOnce() throws Exception {
    String first = token("{\"name\":\"ci\",\"expires_in\":\"never\"}", api.token);
    assertThat(status("/v1/deployments", first)).isEqualTo(200);
    Answer rotated = admin("POST", "/v1/tokens/ci/rotate", "{\"grace\":\"1h\"}");
    String second = rotated.json().path("token").asText();
    assertThat(status("/v1/deployments", first)).isEqualTo(200);
    assertThat(status("/v1/deployments", second)).isEqualTo(200);
    String third = admin("POST", "/v1/tokens/ci/rotate", "{}").json().path("token").asText();
    assertThat(status("/v1/deployments", first)).isEqualTo(401);
    assertThat(status("/v1/deployments", second)).isEqualTo(401);
    assertThat(status("/v1/deployments", third)).isEqualTo(200);
    Answer list = admin("GET", "/v1/tokens", null);
    assertThat(list.response().body()).doesNotContain(third, "sha256");
    Api.await(
        () -> {
          try {
            return admin("GET", "/v1/tokens", null).json().path("items").get(1).has("last_used_at");
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        "the use is written down");
    assertThat(admin("DELETE", "/v1/tokens/ci", null).status()).isEqualTo(204);
    assertThat(status("/v1/deployments", third)).isEqualTo(401);
    // The file of the first token says what it is now, or is gone with it.
    String admin = admin("POST", "/v1/tokens/admin/rotate", "{}").json().path("token").asText();
    assertThat(Files.readString(api.home.adminTokenFile()).strip()).isEqualTo(admin);
    assertThat(send("DELETE", "/v1/tokens/admin", null, admin).code())
        .isEqualTo("token.last_admin");
  }

  @Test
  void nobodyGivesWhatHeDoesNotHave() throws Exception {
    assertThat(
            admin(
                    "PUT",
                    "/v1/policies/people",
                    "{\"rules\":[{\"resource\":\"users\",\"verbs\":[\"*\"]},"
                        + "{\"resource\":\"logs\",\"verbs\":[\"read\"],\"namespaces\":[\"a\"]}]}")
                .status())
        .isEqualTo(200);
    user("root", "admin");
    user("ann", "people");
    String ann = as("ann");
    for (String refused :
        new String[] {
          "POST /v1/users {\"name\":\"eve\",\"roles\":[\"admin\"]}",
          "POST /v1/users {\"name\":\"eve\",\"roles\":[\"viewer@a\"]}",
          "PUT /v1/users/ann/roles {\"roles\":[\"people\",\"operator\"]}",
          "PUT /v1/users/root/password {\"password\":\"a password of mine\"}",
          "PUT /v1/policies/people {\"rules\":[{\"resource\":\"*\",\"verbs\":[\"*\"]}]}",
          "POST /v1/tokens {\"name\":\"t\",\"user\":\"root\"}",
          "POST /v1/tokens {\"name\":\"t\",\"scopes\":[\"deployments:write\"]}",
          "POST /v1/tokens/admin/rotate {}"
        }) {
      String[] parts = refused.split(" ", 3);
      Answer answer = send(parts[0], parts[1], parts[2], ann);
      assertThat(answer.status()).as(refused).isEqualTo(403);
      assertThat(answer.code()).as(refused).isEqualTo("auth.escalation");
    }
    assertThat(send("POST", "/v1/users", "{\"name\":\"bob\",\"roles\":[\"people\"]}", ann).status())
        .isEqualTo(201);
    assertThat(admin("DELETE", "/v1/policies/people", null).code()).isEqualTo("policy.in_use");
    // Somebody must be left who may everything.
    assertThat(admin("DELETE", "/v1/users/root", null).code()).isEqualTo("user.last_admin");
    assertThat(admin("PUT", "/v1/users/root/roles", "{\"roles\":[\"admin@a\"]}").status())
        .isEqualTo(409);
    user("ruth", "admin");
    assertThat(admin("DELETE", "/v1/users/root", null).status()).isEqualTo(204);
  }

  @Test
  void theSocketOfTheHostNeedsNoToken() throws Exception {
    Path socket = api.home.apiSocket();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    String answer = overSocket(socket, "");
    assertThat(answer)
        .startsWith("HTTP/1.1 200")
        .contains("\"actor\":\"local:" + Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    // Who gives a token is who the token says.
    assertThat(overSocket(socket, "Authorization: Bearer wrong\r\n")).startsWith("HTTP/1.1 401");
    assertThat(overSocket(socket, "Authorization: Bearer " + api.token + "\r\n"))
        .contains("token:admin");
    api.closeServer();
    assertThat(socket).doesNotExist();
  }

  private static String overSocket(Path socket, String headers) throws Exception {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      String request =
          "GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n" + headers + "Connection: close\r\n\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void whatMakesNoSenseIsRefusedAllAtOnce() throws Exception {
    Answer policy =
        admin(
            "PUT",
            "/v1/policies/odd",
            """
            {"rules":[{"resource":"deploymens","verbs":["read"]},
              {"resource":"logs","verbs":["write"],"namespaces":["NO"]}]}
            """);
    assertThat(policy.status()).isEqualTo(422);
    assertThat(policy.json().path("violations").findValuesAsText("path"))
        .containsExactly("rules[0].resource", "rules[1].verbs[0]", "rules[1].namespaces[0]");
    assertThat(admin("PUT", "/v1/policies/admin", "{\"rules\":[]}").status()).isEqualTo(422);
    assertThat(
            admin("POST", "/v1/users", "{\"name\":\"ann\",\"roles\":[\"king\",\"a b\"]}")
                .json()
                .path("violations"))
        .hasSize(2);
    assertThat(admin("POST", "/v1/users", "{\"name\":\"ann\",\"password\":\"short\"}").code())
        .isEqualTo("password.length");
    assertThat(admin("POST", "/v1/tokens", "{\"name\":\"t\",\"expires_in\":\"soon\"}").status())
        .isEqualTo(422);
    assertThat(
            admin("POST", "/v1/tokens", "{\"name\":\"t\",\"scopes\":[\"cats:read\",\"logs\"]}")
                .json()
                .path("violations"))
        .hasSize(2);
  }
}
