package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

final class GetCommandTest {
  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api = Canned.api();
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"deployments", "deployment", "deploy"})
  void listsTheDeploymentsOfTheDefaultNamespace(String kind) {
    CliRun.Result result = cli.run("get", kind);

    assertThat(result)
        .isEqualTo(
            new CliRun.Result(
                0,
                """
                NAME   READY   PHASE      REVISION   AGE   RUNTIME
                web    1/2     creating   2          60m   process
                db     1/1     running    1          5d    docker
                """,
                ""));
    assertThat(api.lines()).containsExactly("GET /v1/deployments?namespace=default&limit=500");
  }

  @Test
  void showsMoreWhenWide() {
    assertThat(cli.run("get", "deploy", "-A", "-o", "wide").out())
        .isEqualTo(
            """
            NAMESPACE   NAME   READY   PHASE      REVISION   AGE   RUNTIME   IMAGE/COMMAND          REASON
            default     web    1/2     creating   2          60m   process   ./server --port 8080   1 of 2 instances ready
            data        db     1/1     running    1          5d    docker    postgres:17            -
            """);
    assertThat(api.lines()).containsExactly("GET /v1/deployments?limit=500");
  }

  @Test
  void listsInstances() {
    assertThat(cli.run("get", "inst").out())
        .isEqualTo(
            """
            NAME         STATE           READY   RESTARTS   PORTS             PID/CONTAINER   AGE
            web-7k2xq9   running         yes     0          127.0.0.1:20001   4711            3m
            web-m4np8r   crash_looping   no      4          -                 -               3m
            """);
    api.on("GET /v1/instances", Canned.items(Canned.DB_1));
    assertThat(cli.run("get", "inst", "-n", "data", "-o", "wide").out())
        .contains("0.0.0.0:15432->5432/udp", "172.18.0.2", "0123456789ab", "code 1, 3h ago");
  }

  @Test
  void findsTheInstancesOfADeploymentByEitherFormOfItsName() {
    assertThat(cli.run("get", "instances", "default/web", "-o", "name").out())
        .isEqualTo("web-7k2xq9\nweb-m4np8r\n");
    assertThat(api.lines())
        .contains("GET /v1/instances?namespace=default&deployment=web&limit=500");
  }

  @Test
  void printsTheObjectsOfTheApiExactly() throws IOException {
    JsonNode array = Json.parse(cli.run("get", "instances", "-o", "json").out());
    assertThat(array.isArray()).isTrue();
    assertThat(array.path(0)).isEqualTo(Json.parse(Canned.WEB_1));
    assertThat(array.path(1)).isEqualTo(Json.parse(Canned.WEB_2));

    JsonNode one = Json.parse(cli.run("get", "deploy", "web", "-o", "json").out());
    assertThat(one).isEqualTo(Json.parse(Canned.WEB));
    assertThat(cli.run("get", "inst", "nosuch", "-o", "json").exit()).isEqualTo(Exit.NOT_FOUND);
  }

  @Test
  void writesYamlThatReadsBackAsTheSame() throws IOException {
    String yaml = cli.run("get", "instances", "-o", "yaml").out();
    assertThat(yaml).startsWith("- id: web-7k2xq9\n  namespace: default\n");
    Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
    assertThat(read.toString())
        .contains("last_lines=[starting, cannot bind: port in use]", "pid=4711", "pid=null");
  }

  @Test
  void followsThePages() {
    api.on(
        "GET /v1/deployments",
        (exchange, body) ->
            FakeApi.reply(
                exchange,
                200,
                "application/json",
                (exchange.getRequestURI().getQuery().contains("continue=a b")
                        ? Canned.items(Canned.DB)
                        : "{\"items\":[" + Canned.WEB + "],\"continue\":\"a b\"}")
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)));

    assertThat(cli.run("get", "deploy", "-A", "-o", "name").out())
        .isEqualTo("default/web\ndata/db\n");
  }

  @Test
  void listsEventsRuntimesNamespacesAndRevisions() {
    assertThat(cli.run("get", "ev").out())
        .isEqualTo(
            """
            AGE   LEVEL     REASON   OBJECT       MESSAGE
            5s    warning   exited   web-m4np8r   ended with code 137
            """);
    assertThat(cli.run("get", "runtimes").out())
        .isEqualTo(
            """
            NAME      STATE   VERSION   AGE   MESSAGE   CAPABILITIES
            process   ready   0.1.0     60m   -         exec logs
            """);
    assertThat(cli.run("get", "ns", "-o", "name").out()).isEqualTo("default\ndata\n");
    api.on(
        "GET /v1/namespaces",
        Canned.items(
            """
            {"name":"team","created_at":"2026-11-20T17:00:00.000Z",
             "quota":{"instances":10,"memory_bytes":4294967296},
             "used":{"deployments":2,"instances":8,"memory_bytes":1610612736,"cpu_millis":250}}
            """));
    assertThat(cli.run("get", "ns").out())
        .isEqualTo(
            """
            NAME   AGE   DEPLOYMENTS   INSTANCES   MEMORY      CPU
            team   60m   2             8/10        1.5Gi/4Gi   250m
            """);
    api.on(
        "GET /v1/namespaces/default/deployments/web/revisions",
        Canned.items(
            """
            {"revision":2,"current":true,"created_at":"2026-11-20T17:59:00.000Z",
             "actor":"admin","correlation":"c-1","spec_hash":"0123456789abcdef"}
            """));
    assertThat(cli.run("get", "rev", "web").out())
        .isEqualTo(
            """
            REVISION   CURRENT   AGE   BY      SPEC
            2          yes       60s   admin   0123456789ab
            """);
  }

  @Test
  void saysThatThereIsNothing() {
    api.on("GET /v1/deployments", Canned.items());
    CliRun.Result result = cli.run("get", "deploy", "-n", "x");
    assertThat(result)
        .isEqualTo(
            new CliRun.Result(0, "", "no deployments in namespace x (-A shows all namespaces)\n"));
    assertThat(cli.run("get", "deploy", "-o", "json").out()).isEqualTo("[]\n");
  }

  @Test
  void refusesWrongUsageWithSuggestions() {
    assertThat(cli.run("get", "deploymnts"))
        .isEqualTo(
            new CliRun.Result(
                2, "", "error: no kind \"deploymnts\"\n  did you mean deployments?\n"));
    assertThat(cli.run("get", "deploy", "-o", "xml").err())
        .contains("table", "wide", "json", "yaml", "name");
    assertThat(cli.run("get", "deploy", "-A", "web").exit()).isEqualTo(2);
    assertThat(cli.run("get", "deploy", "a/b/c").exit()).isEqualTo(2);
    assertThat(cli.run("get", "deploy", "a/b", "-n", "c").err()).contains("contradicts");
    assertThat(cli.run("get", "rev").err()).contains("gyre get revisions DEPLOYMENT");
    assertThat(api.requests()).isEmpty();
  }

  @Test
  void coloursOnlyForTerminalsThatWantThem() {
    assertThat(cli.run("get", "deploy").out()).doesNotContain("\u001b");
    cli.with("GYRE_TTY", "1");
    assertThat(cli.run("get", "deploy").out()).contains("\u001b[32mrunning\u001b[0m");
    assertThat(cli.with("NO_COLOR", "1").run("get", "deploy").out()).doesNotContain("\u001b");
    assertThat(cli.without("NO_COLOR").with("TERM", "dumb").run("get", "deploy").out())
        .doesNotContain("\u001b");
  }

  @Test
  void keepsControlCharactersOffTheTerminal() {
    api.on(
        "GET /v1/deployments", Canned.items(Canned.WEB.replace("1 of 2", "\\u001b[31m1\\nof 2")));
    assertThat(cli.run("get", "deploy", "-o", "wide").out())
        .doesNotContain("\u001b")
        .contains(" [31m1 of 2 instances ready");
  }
}
