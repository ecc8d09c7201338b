package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FailureTest {
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

  @Test
  void saysHowToStartWhatCannotBeReached() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertThat(cli.with("GYRE_API", "127.0.0.1:" + port).run("get", "deploy"))
        .isEqualTo(
            new CliRun.Result(
                3,
                "",
                "error: cannot reach Gyre at http://127.0.0.1:"
                    + port
                    + ": connection refused\n  start it: gyre up -d\n"));
  }

  @Test
  void usesTheTokenOfTheDataRootOnThisMachine() throws IOException {
    cli.without("GYRE_TOKEN");
    assertThat(cli.run("get", "deploy").exit()).isEqualTo(Exit.UNAUTHORISED);
    Files.writeString(home.resolve("admin-token"), FakeApi.TOKEN + "\n");
    assertThat(cli.run("get", "deploy").exit()).isEqualTo(0);
  }

  @Test
  void readsTheAddressThatTheApiWroteDown() throws IOException {
    Files.createDirectories(home.resolve("run"));
    Files.writeString(
        home.resolve("run/api.json"),
        "{\"address\":\"" + api.address() + "\",\"pid\":\"0\",\"state\":\"ready\"}");
    assertThat(cli.without("GYRE_API").run("get", "deploy").exit()).isEqualTo(0);
  }

  @ParameterizedTest
  @CsvSource({"get deploy", "restart web", "scale web=1", "delete web"})
  void exitsWith6OnABadToken(String line) {
    CliRun.Result result = cli.with("GYRE_TOKEN", "wrong").run(line.split(" "));
    assertThat(result.exit()).isEqualTo(6);
    assertThat(result.err())
        .isEqualTo("error: not authorised\n  the token in GYRE_TOKEN was refused\n");
  }

  @ParameterizedTest
  @CsvSource({
    "403,6", "404,4", "409,5", "412,5", "413,1", "422,1", "429,1", "500,1", "503,3", "507,1"
  })
  void mapsEveryStatusToItsExitCode(int status, int exit) {
    api.on(
        "POST /v1/namespaces/default/deployments/web/restart",
        status,
        "{\"title\":\"T\",\"code\":\"c.d\",\"detail\":\"what happened\",\"hint\":\"what to do\","
            + "\"correlation\":\"c-9\"}");
    CliRun.Result result = cli.run("restart", "web");
    assertThat(result.exit()).isEqualTo(exit);
    assertThat(result.err())
        .startsWith("error: what happened")
        .endsWith("\n  what to do\n")
        .doesNotContain("\tat ");
  }

  @Test
  void recognisesWhatIsNotGyre() {
    api.on(
        "GET /v1/deployments",
        (exchange, body) ->
            FakeApi.reply(exchange, 404, "text/html", "<html>".getBytes(StandardCharsets.UTF_8)));
    CliRun.Result result = cli.run("get", "deploy");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("does not look like Gyre (HTTP 404)", "check GYRE_API");
    api.on("GET /v1/deployments", "[1,2");
    assertThat(cli.run("get", "deploy").err()).contains("does not look like Gyre");
  }

  @Test
  void suggestsCommandsAndOptions() {
    CliRun.Result result = cli.run("stats");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("did you mean").contains("status").contains("gyre --help");
    assertThat(cli.run("get", "deploy", "--watsh").err())
        .contains("--watch")
        .contains("see gyre get --help");
    assertThat(cli.run("scale", "web", "--replicas", "many").exit()).isEqualTo(2);
    assertThat(cli.run("logs").exit()).isEqualTo(2);
    assertThat(cli.with("GYRE_API", "nonsense://x").run("status").exit()).isEqualTo(2);
  }

  @Test
  void showsStackTracesOnlyOnRequest() {
    assertThat(cli.run("get", "deploy", "nosuch").err()).doesNotContain("CliFailure");
    assertThat(cli.with("GYRE_DEBUG", "1").run("get", "deploy", "nosuch").err())
        .contains("io.gyre.cli.CliFailure");
  }
}
