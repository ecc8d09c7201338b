package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ErrorsComponentTest {
  @TempDir static Path root;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    api = new Api(root);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          GET    | /v1/nothing                                  |                  |                                    | 404 | http.no_such_route
          GET    | /                                            |                  |                                    | 404 | http.no_such_route
          PATCH  | /v1/deployments                              | application/json | {}                                 | 405 | http.method_not_allowed
          OPTIONS| /v1/deployments                              |                  |                                    | 405 | http.method_not_allowed
          TRACE  | /v1/deployments                              |                  |                                    | 405 | http.method_not_allowed
          POST   | /v1/apply                                    | text/plain       | x                                  | 415 | http.unsupported_media_type
          POST   | /v1/apply                                    | application/json | {                                  | 422 | http.body_malformed
          POST   | /v1/apply                                    | application/json | {} {}                              | 422 | http.body_malformed
          POST   | /v1/apply                                    | application/json | {"files":[],"files":[]}            | 422 | http.body_malformed
          POST   | /v1/apply                                    | application/json | null                               | 422 | http.body_missing
          POST   | /v1/apply                                    | application/json | ``                                 | 422 | http.body_missing
          POST   | /v1/apply                                    | application/yaml | ``                                 | 422 | http.body_missing
          POST   | /v1/apply                                    | application/json | []                                 | 422 | http.body_wrong_type
          POST   | /v1/apply                                    | application/json | {"files":"x"}                      | 422 | http.body_wrong_type
          POST   | /v1/apply                                    | application/json | {"files":[{"name":1}]}             | 422 | http.body_wrong_type
          POST   | /v1/apply                                    | application/json | {"file":[]}                        | 422 | http.body_unknown_field
          POST   | /v1/apply                                    | application/json | {}                                 | 422 | apply.files.missing
          POST   | /v1/apply                                    | application/json | {"files":[{"name":"a"}]}           | 422 | apply.files.invalid
          POST   | /v1/apply?dry_run=maybe                      | application/yaml | a: b                               | 422 | query.invalid
          POST   | /v1/apply                                    | application/yaml | ]                                  | 422 | manifest.invalid
          POST   | /v1/apply                                    | application/yaml | deployments: {a: {image: b, runtime: none, process: {}}} | 422 | manifest.invalid
          GET    | /v1/deployments?limit=0                      |                  |                                    | 422 | query.invalid
          GET    | /v1/deployments?limit=501                    |                  |                                    | 422 | query.invalid
          GET    | /v1/deployments?limit=x                      |                  |                                    | 422 | query.invalid
          GET    | /v1/deployments?continue=%25                 |                  |                                    | 422 | query.invalid
          GET    | /v1/deployments?continue=QUFB                |                  |                                    | 422 | query.invalid
          GET    | /v1/deployments?namespace=A_B                |                  |                                    | 422 | query.invalid
          GET    | /v1/namespaces/default/deployments/none      |                  |                                    | 404 | deployment.not_found
          GET    | /v1/namespaces/default/deployments/NO_NAME   |                  |                                    | 422 | deployment.name.invalid
          DELETE | /v1/namespaces/default/deployments/none      |                  |                                    | 404 | deployment.not_found
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {"replicas":1}                     | 404 | deployment.not_found
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {"replicas":-1}                    | 422 | deployment.replicas.invalid
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {"replicas":1001}                  | 422 | deployment.replicas.invalid
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {"replicas":1.5}                   | 422 | http.body_wrong_type
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {"replicas":"1"}                   | 422 | http.body_wrong_type
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {"replicas":99999999999}           | 422 | http.body_wrong_type
          POST   | /v1/namespaces/default/deployments/none/scale| application/json | {}                                 | 422 | deployment.replicas.invalid
          GET    | /v1/namespaces/default/deployments/none/logs |                  |                                    | 404 | deployment.not_found
          GET    | /v1/namespaces/default/deployments/none/why  |                  |                                    | 404 | deployment.not_found
          GET    | /v1/instances/web-aaaaaa                     |                  |                                    | 404 | instance.not_found
          GET    | /v1/instances/web-aaaaaa/why                 |                  |                                    | 404 | instance.not_found
          GET    | /v1/instances/web-aaaaaa/logs                |                  |                                    | 404 | instance.not_found
          POST   | /v1/instances/web-aaaaaa/exec                | application/json | {"command":["a"]}                  | 404 | instance.not_found
          GET    | /v1/instances/NO_ID                          |                  |                                    | 422 | instance.id.invalid
          POST   | /v1/namespaces                               | application/json | {"name":"No"}                      | 422 | namespace.name.invalid
          DELETE | /v1/namespaces/none                          |                  |                                    | 404 | namespace.not_found
          GET    | /v1/events?after=-1                          |                  |                                    | 422 | query.invalid
          """)
  void everyRefusalIsAProblem(
      String method,
      String path,
      @Nullable String type,
      @Nullable String body,
      int status,
      String code)
      throws Exception {
    HttpRequest.Builder request =
        api.request(path)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (type != null) {
      request.header("Content-Type", type);
    }
    assertProblem(api.send(request.build()), status, code);
  }

  private static void assertProblem(Answer answer, int status, String code) {
    String body = answer.response().body();
    assertThat(answer.status()).as(body).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    JsonNode problem = answer.json();
    assertThat(problem.path("code").asText()).as(body).isEqualTo(code);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("title").asText()).isNotEmpty();
    assertThat(problem.path("detail").asText()).isNotEmpty();
    assertThat(problem.path("correlation").asText())
        .isNotEmpty()
        .isEqualTo(answer.header("Gyre-Correlation"));
    assertThat(body).doesNotContain("Exception", "io.gyre", "jackson", "REDACTED", "<html");
    assertThat(answer.response().headers().map()).doesNotContainKeys("server", "x-powered-by");
  }

  @Test
  void malformedJsonSaysWhere() throws Exception {
    Answer answer = api.post("/v1/apply", "{\n  \"files\": [}\n");
    JsonNode violation = answer.json().path("violations").get(0);
    assertThat(violation.path("line").asInt()).isEqualTo(2);
    assertThat(violation.path("column").asInt()).isPositive();
    Answer unknown = api.post("/v1/apply", "{\"files\": [{\"nam\": \"a\"}]}");
    assertThat(unknown.json().path("violations").get(0).path("path").asText())
        .isEqualTo("files[0].nam");
  }

  @Test
  void aBodyThatIsNotUtf8IsRefused() throws Exception {
    for (String type : new String[] {"application/json", "application/yaml"}) {
      Answer answer =
          api.send(
              api.request("/v1/apply")
                  .header("Content-Type", type)
                  .POST(BodyPublishers.ofByteArray(new byte[] {'"', (byte) 0xC3, '"'}))
                  .build());
      assertProblem(answer, 422, "http.body_not_utf8");
      assertThat(answer.json().path("detail").asText()).contains("byte 2");
    }
  }

  @Test
  void aBodyOverTheLimitIsRefusedHoweverItIsSent() throws Exception {
    byte[] body = "x".repeat(10 << 20).getBytes(StandardCharsets.US_ASCII);
    for (boolean chunked : new boolean[] {false, true}) {
      Answer answer =
          api.send(
              api.request("/v1/apply")
                  .header("Content-Type", "application/yaml")
                  .POST(
                      chunked
                          ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                          : BodyPublishers.ofByteArray(body))
                  .build());
      assertProblem(answer, 413, "http.body_too_large");
    }
    // Nor does it keep one without a token from reading its answer.
    Answer stranger =
        api.send(
            HttpRequest.newBuilder(api.request("/v1/apply").build().uri())
                .header("Content-Type", "application/yaml")
                .POST(BodyPublishers.ofByteArray(body))
                .build());
    assertProblem(stranger, 401, "auth.missing");
    assertThat(api.get("/v1/health").status()).isEqualTo(200);
  }

  @Test
  void aBodyJustUnderTheLimitIsRead() throws Exception {
    String comment = "#" + "x".repeat((int) Api.MAX_BODY - 200) + "\n";
    Answer answer = api.apply(comment + "deployments: {big: {process: {command: x}}}");
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n",
        "GET /v1/health HTTP/1.1\r\n\r\n",
        "GET /v1/health HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET /v1/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /v1/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /v1/../../x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
        "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding:"
            + " chunked\r\n\r\n",
      })
  void whatIsNotHttpIsRefusedAsAProblem(String bytes) throws Exception {
    String answer = raw(bytes);
    assertThat(answer).startsWith("HTTP/1.1 ").contains("application/problem+json");
    assertThat(answer.substring(9, 12)).matches("4\\d\\d|505");
    assertThat(answer).contains("\"code\":\"http.").doesNotContain("<html", "Server:", "Jetty");
  }

  @Test
  void longHeadersAndLinesAreRefused() throws Exception {
    String long9k = "a".repeat(9000);
    assertThat(raw("GET /" + long9k + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .contains(" 414 ", "http.uri_too_long");
    assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + long9k + "\r\n\r\n"))
        .contains(" 431 ", "http.headers_too_large");
  }

  private static String raw(String bytes) throws Exception {
    try (Socket socket = api.connect()) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void answersAfterAllThat() throws Exception {
    for (int i = 0; i < 50; i++) {
      try (Socket socket = api.connect()) {
        socket.getOutputStream().write(new byte[] {0, 1, 2, (byte) i});
      }
    }
    HttpRequest health =
        HttpRequest.newBuilder(api.request("/v1/health").build().uri())
            .timeout(Duration.ofSeconds(5))
            .build();
    assertThat(api.send(health).response().body()).isEqualTo("{\"state\":\"up\"}");
  }
}
