package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditCommandTest {
  private static final String HASH = "ab".repeat(32);
  private static final String ROWS =
      """
      {"items":[
        {"seq":7,"at":"2026-11-20T17:59:00.000Z","kind":"change","actor":"ann","address":"127.0.0.1",
         "method":"POST","route":"/v1/apply","path":"/v1/apply","namespace":"shop","count":1,
         "detail":"create web: revision 1","correlation":"c-1","hash":"x"},
        {"seq":8,"at":"2026-11-20T17:59:01.000Z","kind":"denied","actor":"","address":"10.0.0.9",
         "method":"GET","route":"/v1/status","path":"/v1/status","status":401,"code":"auth.invalid",
         "count":29,"detail":"and alike","correlation":"c-2","hash":"%s"}],
       "head":{"seq":8,"hash":"%s"}}
      """
          .formatted(HASH, HASH);

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api = Canned.api().on("GET /v1/audit", ROWS);
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void showsWhoDidWhat() {
    assertThat(cli.run("audit").out())
        .isEqualTo(
            """
            SEQ   AT                         KIND         ACTOR   FROM        STATUS   REQUEST          DETAIL
            7     2026-11-20T17:59:00.000Z   change       ann     127.0.0.1   -        POST /v1/apply   create web: revision 1
            8     2026-11-20T17:59:01.000Z   denied x29   -       10.0.0.9    401      GET /v1/status   auth.invalid and alike
            """);
    assertThat(api.lines()).contains("GET /v1/audit?limit=100");
    api.on("GET /v1/namespaces/shop/audit", ROWS);
    assertThat(cli.run("audit", "-n", "shop", "-a", "ann b", "--since", "7d", "-o", "json").out())
        .startsWith("[")
        .contains("\"actor\": \"ann\"");
    assertThat(api.lines())
        .contains("GET /v1/namespaces/shop/audit?after=0&limit=500&actor=ann%20b&since=7d");
  }

  @Test
  void followsFromTheEnd() {
    api.on(
        "GET /v1/audit",
        (exchange, body) -> {
          boolean stream =
              exchange.getRequestHeaders().getFirst("Accept").equals("text/event-stream");
          if (!stream) {
            FakeApi.reply(
                exchange,
                200,
                "application/json",
                ROWS.getBytes(java.nio.charset.StandardCharsets.UTF_8));
          } else if (exchange.getRequestURI().getQuery().equals("after=8")) {
            FakeApi.stream("id: 9\ndata: {\"seq\":9,\"kind\":\"exec\",\"count\":1}\n\n")
                .handle(exchange, body);
          } else {
            byte[] gone =
                "{\"code\":\"auth.forbidden\",\"title\":\"x\"}"
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8);
            FakeApi.reply(exchange, 403, "application/problem+json", gone);
          }
        });
    CliRun.Result result = cli.run("audit", "-f", "-o", "json");
    assertThat(result.out()).contains("{\"seq\":9,\"kind\":\"exec\",\"count\":1}");
    assertThat(api.lines()).contains("GET /v1/audit?after=8", "GET /v1/audit?after=9");
  }

  @Test
  void verifies() {
    api.on("GET /v1/audit/check", check("true", ""));
    CliRun.Result whole = cli.run("audit", "--verify");
    assertThat(whole.exit()).isEqualTo(0);
    assertThat(whole.out()).isEqualTo("rows 1 to 8 are whole\nend  8:" + HASH + "\n");
    api.on(
        "GET /v1/audit",
        "{\"items\":[{\"seq\":8,\"hash\":\"" + HASH + "\"}],\"head\":{\"seq\":8}}");
    assertThat(cli.run("audit", "--verify", "--expect", "8:" + HASH).exit()).isEqualTo(0);
    CliRun.Result other = cli.run("audit", "--verify", "--expect", "8:" + "cd".repeat(32));
    assertThat(other.exit()).isEqualTo(1);
    assertThat(other.err()).contains("row 8 has another hash than is expected");
    assertThat(cli.run("audit", "--verify", "--expect", "7:" + HASH).err())
        .contains("row 7, which is expected, is not there");
    assertThat(cli.run("audit", "--verify", "--expect", "8").exit()).isEqualTo(2);
    api.on("GET /v1/audit/check", check("false", "\"row 2 was changed\""));
    CliRun.Result broken = cli.run("audit", "--verify");
    assertThat(broken.exit()).isEqualTo(1);
    assertThat(broken.out()).contains("are not whole");
    assertThat(broken.err()).contains("problem: row 2 was changed");
    api.on("GET /v1/status", "{\"database_ok\":true}");
    assertThat(cli.run("doctor").out()).contains("fail  audit log     was tampered with: row 2");
  }

  private static String check(String whole, String problems) {
    return "{\"whole\":%s,\"rows\":8,\"first_seq\":1,\"head\":{\"seq\":8,\"hash\":\"%s\"},\"problems\":[%s],\"gaps\":[]}"
        .formatted(whole, HASH, problems);
  }
}
