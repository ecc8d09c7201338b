package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** scale, restart, create, delete. */
final class ChangeCommandsTest {
  private static final String WEB = "/v1/namespaces/default/deployments/web";

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api = Canned.api().on("POST " + WEB + "/scale", "{}").on("POST " + WEB + "/restart", "{}");
    api.on("DELETE " + WEB, 202, "{}");
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void scalesInBothForms() {
    assertThat(cli.run("scale", "web", "--replicas", "3").out())
        .isEqualTo("deployment default/web scaled to 3 replicas\n");
    assertThat(cli.run("scale", "default/web=1").out())
        .isEqualTo("deployment default/web scaled to 1 replica\n");
    assertThat(api.requests())
        .containsExactly(
            new FakeApi.Request("POST " + WEB + "/scale", "{\"replicas\":3}"),
            new FakeApi.Request("POST " + WEB + "/scale", "{\"replicas\":1}"));
    assertThat(cli.run("scale", "web").exit()).isEqualTo(2);
    assertThat(cli.run("scale", "web=-1").exit()).isEqualTo(2);
  }

  @Test
  void restarts() {
    assertThat(cli.run("restart", "web").out()).isEqualTo("deployment default/web restarting\n");
    api.on("POST " + WEB + "/stop", "{}").on("POST " + WEB + "/start", "{}");
    assertThat(cli.run("stop", "web").out()).isEqualTo("deployment default/web stopping\n");
    assertThat(cli.run("start", "web").out()).isEqualTo("deployment default/web starting\n");
    assertThat(cli.run("restart", "nosuch").exit()).isEqualTo(4);
  }

  @Test
  void createsAndDeletesNamespaces() {
    api.on("POST /v1/namespaces", 201, "{}").on("DELETE /v1/namespaces/x", 204, "");
    assertThat(cli.run("create", "namespace", "x").out()).isEqualTo("namespace x created\n");
    assertThat(cli.run("delete", "ns", "x").out()).isEqualTo("namespace x deleted\n");
    assertThat(api.requests().getFirst().body()).isEqualTo("{\"name\":\"x\"}");
    api.on("DELETE /v1/namespaces/y", 409, "{\"code\":\"namespace.not_empty\",\"detail\":\"no\"}");
    assertThat(cli.run("delete", "namespace", "y").exit()).isEqualTo(5);
    assertThat(cli.run("create", "deployment", "y").exit()).isEqualTo(2);
  }

  @Test
  void deletesByNameWithOrWithoutTheKind() {
    assertThat(cli.run("delete", "web").out()).isEqualTo("deployment default/web deleted\n");
    assertThat(cli.run("delete", "deploy", "web").exit()).isEqualTo(0);
    assertThat(cli.run("delete", "nosuch").exit()).isEqualTo(4);
    assertThat(cli.run("delete").exit()).isEqualTo(2);
    assertThat(cli.run("delete", "events", "x").exit()).isEqualTo(2);
  }

  @Test
  void waitsUntilTheyAreGone() {
    String deleting =
        Canned.WEB
            .replace("\"creating\"", "\"deleting\"")
            .replace("1 of 2 instances ready", "stopping");
    int[] asked = {0};
    api.on(
        "GET " + WEB,
        (exchange, body) -> {
          if (asked[0]++ > 2) {
            FakeApi.problem(exchange, 404, "deployment.not_found", "no deployment");
          } else {
            FakeApi.reply(
                exchange, 200, "application/json", deleting.getBytes(StandardCharsets.UTF_8));
          }
        });
    CliRun.Result result = cli.realTime().run("delete", "web", "--wait");
    assertThat(result.exit()).isEqualTo(0);
    assertThat(result.out())
        .isEqualTo("deployment default/web deleted\ndefault/web: 2 instances left: stopping\n");
  }

  @Test
  void givesUpWaitingAfterTheTimeout() {
    CliRun.Result result = cli.realTime().run("delete", "web", "--wait", "--timeout", "200ms");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("default/web: 2 instances left", "not gone after");
  }

  @Test
  void deletesWhatAManifestDeclares() throws Exception {
    Path file = Files.writeString(home.resolve("m.yaml"), "deployments: {}\n");
    api.on(
        "POST /v1/apply",
        """
        {"changes":[{"kind":"namespace","name":"default","action":"none"},
                    {"kind":"deployment","namespace":"default","name":"web","action":"unchanged"},
                    {"kind":"deployment","namespace":"default","name":"old","action":"create"}]}
        """);
    assertThat(cli.run("delete", "-f", file.toString()).out())
        .isEqualTo(
            """
            namespace default kept: only deployments are deleted
            deployment default/web deleted
            deployment default/old is not there
            """);
    assertThat(api.lines()).first().isEqualTo("POST /v1/apply?dry_run=true");
  }
}
