package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.api.Api.Answer;
import io.gyre.component.ApiDoor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes to the door and isn't let in, or not so fast; on a real socket. */
final class DoorComponentTest {
  private static final int STREAMS = 20;
  private static final int CONNECTIONS = 64;

  @TempDir static Path root;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    ApiDoor usual = ApiDoor.DEFAULT;
    api =
        new Api(
            root,
            new ApiDoor(
                List.of("ops.example.com"),
                usual.origins(),
                new ApiDoor.Limits(100_000, STREAMS, CONNECTIONS, 256),
                usual.audit(),
                null));
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static String raw(String request) throws IOException {
    try (Socket socket = api.connect()) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      // Nothing more will come: whatever it was is answered or ended at once.
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String get(String target, String headers) throws IOException {
    return raw(
        "GET "
            + target
            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + api.token
            + "\r\nConnection: close\r\n"
            + headers
            + "\r\n");
  }

  /** Nothing but the path as it is written may name a thing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "//v1/status",
        "/v1//status",
        "/v1/status;x=y",
        "/v1;x=y/status",
        "/v1/x/../status",
        "/v1/%2e%2e/v1/status",
        "/v1/x/%2E%2E/status",
        "/v1/./status",
        "/v1/%2e/status",
        "/v1%2fstatus",
        "/v1%2Fstatus",
        "/v1/status%00",
        "/v1/status%",
        "/v1/%c0%ae%c0%ae/v1/status",
        "/v1/stat%c1%b5s",
        "/v1/%75%u0073",
        "/v1\\status",
        "/v1/status%5c..%5cx",
        "/V1/STATUS",
        "/v1/status/../../../../etc/passwd",
        "v1/status",
        "*",
        "/%2576%2531/status",
        "/v1/namespaces/a%2fb/deployments/web",
        "/v1/namespaces/../deployments/web",
      })
  void tricksWithPathsLeadNowhere(String target) throws IOException {
    String answer = get(target, "");
    assertThat(answer.substring(9, 12)).as(answer).isIn("400", "404", "422");
    assertThat(answer).contains("application/problem+json").doesNotContain("passwd", "root:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          evil.example           |                               | 421 | http.host_foreign
          evil.example:7070      |                               | 421 | http.host_foreign
          ops.example.com:7070   |                               | 200 |
          localhost              |                               | 200 |
          [::1]:80               |                               | 200 |
          localhost              | Origin: https://evil.example  | 403 | http.origin_foreign
          localhost              | Origin: null                  | 403 | http.origin_foreign
          localhost              | Origin: http://localhost      | 200 |
          localhost              | Sec-Fetch-Site: cross-site    | 403 | http.origin_foreign
          """)
  void whoCallsItByAnotherNameIsRefused(String host, String header, int status, String code)
      throws IOException {
    String answer =
        raw(
            "GET /v1/health HTTP/1.1\r\nHost: "
                + host
                + "\r\nConnection: close\r\n"
                + (header == null ? "" : header + "\r\n")
                + "\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + status);
    if (code != null) {
      assertThat(answer).contains("\"code\":\"" + code + "\"", "gyre.yaml");
    }
    assertThat(answer)
        .contains("X-Content-Type-Options: nosniff", "Content-Security-Policy: default-src 'none'");
  }

  @Test
  void otherFormsOfHttpAreAnswered() throws IOException {
    assertThat(raw("GET /v1/health HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
    assertThat(
            raw(
                "GET http://127.0.0.1/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200");
    // What counts is where the request goes, not what Host says of it.
    assertThat(
            raw(
                "GET http://evil.example/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .matches("(?s)HTTP/1.1 4(00|21).*");
    assertThat(raw("GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
    assertThat(raw("GET /v1/health HTTP/0.9\r\n\r\n")).startsWith("HTTP/1.1 ");
    assertThat(raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).startsWith("HTTP/1.1 ");
    assertThat(raw("CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
    // Two requests in one, where a proxy would see one.
    assertThat(
            raw(
                "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, x\r\nConnection: close\r\n\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
    assertThat(
            raw(
                "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"))
        .startsWith("HTTP/1.1 400");
    assertThat(
            raw(
                "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"replicas\":1e999999999}",
        "{\"replicas\":1E-999999999}",
        "{\"replicas\":%NINES%}",
        "{\"replicas\":1,\"replicas\":2}",
        "{\"replicas\":%NEST%}",
        "%NEST%",
        "{\"%LONG%\":1}",
        "{\"replicas\":NaN}",
        "{\"replicas\":0x10}",
        "{\"replicas\":01}",
        "{\"replicas\":1}\u0000",
        "\ufeff\ufeff{\"replicas\":1}",
        "{\"replicas\":\"\\ud800\"}",
        "%KEYS%",
      })
  void bombsOfJsonAreRefused(String body) throws Exception {
    StringBuilder keys = new StringBuilder("{");
    for (int i = 0; i < 15_000; i++) {
      keys.append("\"k").append(i).append("\":1,");
    }
    String text =
        body.replace("%NINES%", "9".repeat(100_000))
            .replace("%NEST%", "[".repeat(100_000))
            .replace("%LONG%", "x".repeat(200_000))
            .replace("%KEYS%", keys + "\"z\":1}");
    Answer answer = api.post("/v1/namespaces/default/deployments/none/scale", text);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(422);
    assertThat(answer.response().body().length()).isLessThan(4000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n"
            + "d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nx-f: [*e,*e,*e,*e,*e,*e]",
        "x-a: &a [*a]\ndeployments: {}",
        "%NEST%",
        "deployments: {a: {process: {command: x}, replicas: 1e999999999}}",
        "deployments: {a: {process: {command: x}}, a: {process: {command: y}}}",
        "!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL [\"http://x\"]]]]",
        "deployments: {a: {process: {command: x}, replicas: 0b1111111111111111111111111111111111111}}",
        "? [a]\n: b",
      })
  void bombsOfYamlAreRefused(String body) throws Exception {
    Answer answer = api.apply(body.replace("%NEST%", "[".repeat(50_000)));
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(422);
    assertThat(answer.response().body()).doesNotContain("Exception", "\tat ");
  }

  @Test
  void anIdentityHasSoManyStreamsAndNoMore() throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < STREAMS; i++) {
        Socket socket = stream();
        open.add(socket);
        assertThat(status(socket)).startsWith("HTTP/1.1 200");
      }
      try (Socket one = stream()) {
        String answer = status(one);
        assertThat(answer).startsWith("HTTP/1.1 429").contains("stream.too_many_of_identity");
      }
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    Api.await(() -> api.streams() == 0, "the streams of clients that are gone have ended");
    try (Socket again = stream()) {
      assertThat(status(again)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void whoeverTakesAllPlacesKeepsNeitherTheWatchdogNorThisHostOut() throws Exception {
    List<Socket> held = new ArrayList<>();
    try {
      Api.hold(held, api.port(), CONNECTIONS + 20);
      assertThat(api.answersItself()).isTrue();
      assertThat(Api.local(api.home.apiSocket(), Api.HEALTH)).startsWith("HTTP/1.1 200");
      // Who comes by the front door still waits.
      try (Socket one = api.connect()) {
        one.setSoTimeout(200);
        one.getOutputStream().write(Api.HEALTH.getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> one.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
        for (Socket socket : held) {
          socket.close();
        }
        one.setSoTimeout(10_000);
        assertThat(status(one)).startsWith("HTTP/1.1 200");
      }
      assertThat(get("/v1/health", "")).startsWith("HTTP/1.1 200");
      assertThat(api.answersItself()).isTrue();
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
  }

  private static Socket stream() throws IOException {
    Socket socket = api.connect();
    socket.setSoTimeout(10_000);
    socket
        .getOutputStream()
        .write(
            ("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                    + "Authorization: Bearer "
                    + api.token
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String status(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] head = new byte[4096];
    int length = in.read(head);
    return new String(head, 0, Math.max(length, 0), StandardCharsets.UTF_8);
  }
}
