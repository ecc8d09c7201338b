package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.component.Home;
import io.gyre.model.Component;
import io.gyre.store.AuditHead;
import io.gyre.store.AuditQuery;
import io.gyre.store.AuditRecord;
import io.gyre.store.Store;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the audit log tells of what is done with a real API on a real database. */
final class AuditComponentTest {
  private static final String WEB = "deployments: {web: {process: {command: x}}}";

  @TempDir Path root;

  private static List<JsonNode> rows(Api api, String query) throws Exception {
    Answer answer = api.get("/v1/audit" + query);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    return StreamSupport.stream(answer.json().path("items").spliterator(), false).toList();
  }

  private static String line(JsonNode row) {
    return String.join(
        " ",
        row.path("kind").asText(),
        row.path("actor").asText(),
        row.path("method").asText(),
        row.path("route").asText(),
        row.path("namespace").asText("-"),
        row.path("status").asText("-"),
        row.path("code").asText("-"),
        row.path("detail").asText());
  }

  private static void awaitRows(Api api, String query, int wanted) throws Exception {
    Api.await(
        () -> {
          try {
            return rows(api, query).size() >= wanted;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        wanted + " rows of " + query);
  }

  @Test
  void aChangeAndItsRowAreOne() throws Exception {
    try (Api api = new Api(root)) {
      Answer applied = api.apply(WEB);
      Answer scaled = api.post("/v1/namespaces/default/deployments/web/scale", "{\"replicas\":3}");
      assertThat(scaled.status()).isEqualTo(200);
      List<JsonNode> rows = rows(api, "?kind=change&actor=token:admin");
      assertThat(rows)
          .extracting(AuditComponentTest::line)
          .containsExactly(
              "change token:admin POST /v1/apply default - - create: namespace; create web: revision 1,"
                  + " replicas 1",
              "change token:admin POST /v1/namespaces/{namespace}/deployments/{name}/scale default - -"
                  + " scale web: replicas 1 -> 3");
      assertThat(rows.getFirst().path("address").asText()).isEqualTo("127.0.0.1");
      assertThat(rows.getFirst().path("correlation").asText())
          .isEqualTo(applied.header("Gyre-Correlation"));
      assertThat(rows.get(1).path("path").asText())
          .isEqualTo("/v1/namespaces/default/deployments/web/scale");
      // What changes nothing, and what is refused, is told of, too.
      api.post("/v1/namespaces/default/deployments/web/scale", "{\"replicas\":3}");
      api.post("/v1/namespaces/default/deployments/web/scale", "{\"replicas\":-3}");
      awaitRows(api, "?kind=failed", 1);
      assertThat(rows(api, "?kind=failed").stream().map(AuditComponentTest::line).toList())
          .containsExactly(
              "failed token:admin POST /v1/namespaces/{namespace}/deployments/{name}/scale default 422"
                  + " deployment.replicas.invalid ");
      awaitRows(api, "?kind=unchanged", 1);
      // Who reads this log is told by this log.
      awaitRows(api, "?kind=access", 1);
      assertThat(rows(api, "?kind=access").getFirst().path("route").asText())
          .isEqualTo("/v1/audit");
      assertThat(api.get("/v1/namespaces/default/audit?kind=change").json().path("items"))
          .hasSize(2);
      assertThat(api.get("/v1/namespaces/other/audit").json().path("items")).isEmpty();
      assertThat(api.get("/v1/audit?kind=nonsense").code()).isEqualTo("query.invalid");
      JsonNode check = api.get("/v1/audit/check").json();
      assertThat(check.path("whole").asBoolean()).as(check.toString()).isTrue();
      assertThat(check.path("rows").asInt()).isGreaterThanOrEqualTo(5);
    }
  }

  @Test
  void refusedTokensAreCounted() throws Exception {
    try (Api api = new Api(root)) {
      for (int i = 0; i < 30; i++) {
        HttpRequest bad =
            HttpRequest.newBuilder(api.request("/v1/status").build().uri())
                .header("Authorization", "Bearer gyre_wrong" + i)
                .build();
        assertThat(api.send(bad).status()).isEqualTo(401);
      }
      awaitRows(api, "?kind=denied", 1);
      JsonNode row = rows(api, "?kind=denied").getFirst();
      assertThat(line(row)).startsWith("denied  GET /v1/status - 401 auth.invalid");
      assertThat(rows(api, "?kind=denied").toString()).doesNotContain("gyre_wrong");
      api.closeServer();
      // The others are one row, at the latest when the API ends.
      try (Store store = Store.open(api.home.database(), Component.API, Api.CLOCK)) {
        List<AuditRecord> denied =
            store.read().audit(AuditQuery.after(0, 500)).stream()
                .filter(each -> each.entry().code().equals("auth.invalid"))
                .toList();
        assertThat(denied).hasSize(2);
        assertThat(denied.getLast().entry().count()).isEqualTo(29);
      }
    }
  }

  @Test
  void aStreamOfItGoesOnAfterARow() throws Exception {
    try (Api api = new Api(root)) {
      api.apply(WEB);
      HttpResponse<InputStream> stream =
          api.client()
              .send(
                  api.request("/v1/audit?after=0&kind=change")
                      .header("Accept", "text/event-stream")
                      .build(),
                  BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
        assertThat(next(lines)).contains("create web");
        api.delete("/v1/namespaces/default/deployments/web");
        assertThat(next(lines)).contains("delete web");
      }
    }
  }

  private static String next(BufferedReader lines) throws Exception {
    while (true) {
      String line = lines.readLine();
      assertThat(line).isNotNull();
      if (line.startsWith("data: ") && !line.contains("\"actor\":\"gyre\"")) {
        return line;
      }
    }
  }

  @Test
  void whatIsMissingAtTheEndIsToldAtTheNextStart() throws Exception {
    Home home;
    AuditHead before;
    try (Api api = new Api(root)) {
      api.apply(WEB);
      api.delete("/v1/namespaces/default/deployments/web");
      home = api.home;
      api.closeServer();
      before = head(home);
      assertThat(Files.readString(home.auditHead()))
          .isEqualTo("%019d %s\n".formatted(before.seq(), before.hash()));
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + home.database());
        Statement sql = connection.createStatement()) {
      sql.execute("DROP TRIGGER audit_is_kept");
      sql.execute("DELETE FROM audit WHERE seq = " + before.seq());
    }
    try (Api api = new Api(root)) {
      JsonNode check = api.get("/v1/audit/check").json();
      assertThat(check.path("gaps")).hasSize(1);
      assertThat(check.path("gaps").get(0).asText()).contains(before.hash(), "rows were removed");
      // It is part of the chain now, which goes on.
      assertThat(check.path("whole").asBoolean()).as(check.toString()).isTrue();
    }
    Files.delete(home.auditHead());
    try (Api api = new Api(root)) {
      assertThat(api.get("/v1/audit/check").json().path("gaps").toString())
          .contains("missing or unreadable");
    }
  }

  private static AuditHead head(Home home) {
    try (Store store = Store.open(home.database(), Component.RECONCILER, Api.CLOCK)) {
      return store.read().auditHead();
    }
  }

  @Test
  void aCommandIsNotedBeforeItRuns() throws Exception {
    try (Api api = new Api(root)) {
      api.apply(WEB);
      String id = api.instance("web", "aaaaaa", "c-1").value();
      List<String> atStart = new ArrayList<>();
      api.host(
          message -> {
            if (message.getClass().getSimpleName().equals("OpenExec")) {
              api.observed.read().audit(AuditQuery.after(0, 100)).stream()
                  .map(row -> row.entry().kind() + " " + row.entry().detail())
                  .forEach(atStart::add);
            }
          });
      Answer answer =
          api.post(
              "/v1/instances/" + id + "/exec",
              "{\"command\":[\"env\",\"KEY=s3cret\",\"ls\"],\"stdin\":\"czNjcmV0\"}");
      // The host of this test never connects.
      assertThat(answer.status()).isEqualTo(503);
      assertThat(atStart).contains("EXEC " + id + ": env KEY=… ls");
      awaitRows(api, "?kind=failed", 1);
      assertThat(rows(api, "").toString()).doesNotContain("s3cret", "czNjcmV0");
      assertThat(rows(api, "?kind=exec").getFirst().path("namespace").asText())
          .isEqualTo("default");
    }
  }
}
