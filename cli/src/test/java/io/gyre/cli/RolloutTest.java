package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** apply --wait. */
final class RolloutTest {
  private static final String RUNNING =
      Canned.WEB
          .replace("\"creating\"", "\"running\"")
          .replace("\"ready\":1", "\"ready\":2")
          .replace("1 of 2 instances ready", "");
  private static final String NOT_SEEN =
      Canned.WEB.replace("\"observed_generation\":3", "\"observed_generation\":2");

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;
  private String file;

  @BeforeEach
  void start() throws IOException {
    api =
        Canned.api()
            .on(
                "POST /v1/apply",
                """
                {"changes":[{"kind":"deployment","namespace":"default","name":"web",
                  "action":"update","revision":2,"generation":3}]}
                """);
    cli = new CliRun(home).api(api).realTime();
    file = Files.writeString(home.resolve("m.yaml"), "a: b\n").toString();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void printsALineWheneverSomethingChanges() {
    String creating = Canned.items(Canned.WEB);
    api.onEach(
        "GET /v1/deployments",
        Canned.items(NOT_SEEN),
        creating,
        creating,
        creating,
        Canned.items(RUNNING));
    CliRun.Result result = cli.run("apply", "-f", file, "--wait");
    assertThat(result)
        .isEqualTo(
            new CliRun.Result(
                0,
                """
                deployment default/web updated (revision 2)
                default/web: pending, 1/2 ready: the reconciler
                default/web: creating, 1/2 ready: 1 of 2 instances ready
                default/web: running, 2/2 ready
                """,
                ""));
  }

  @Test
  void redrawsATableOnATerminal() {
    api.onEach("GET /v1/deployments", Canned.items(Canned.WEB), Canned.items(RUNNING));
    cli.with("GYRE_TTY", "1").with("NO_COLOR", "1").with("LINES", "20").with("COLUMNS", "70");
    String out = cli.run("apply", "-f", file, "--wait").out();
    assertThat(out)
        .contains(
            """
            DEPLOYMENT    READY   PHASE      WAITING FOR
            default/web   1/2     creating   1 of 2 instances ready
            waiting, 0s
            """)
        .endsWith(
            """
            \u001b[3A\r\u001b[JDEPLOYMENT    READY   PHASE     WAITING FOR
            default/web   2/2     running   -
            """);
  }

  @Test
  void endsWithTheReasonsWhenTheNewRevisionFails() {
    api.on(
        "GET /v1/deployments",
        Canned.items(Canned.WEB.replace("\"creating\"", "\"crash_looping\"")));
    CliRun.Result result = cli.run("apply", "-f", file, "--wait");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .contains(
            """
            default/web: crash_looping, 1/2 ready
              1 of 2 instances ready
              web-m4np8r ended with signal 9 (code 137), \
            """)
        .contains(
            """
                | starting
                | cannot bind: port in use
            error: deployment default/web is crash looping
              gyre why default/web
            """);
  }

  @Test
  void doesNotBlameTheNewRevisionForTheOldOne() {
    String failing = Canned.WEB.replace("\"creating\"", "\"crash_looping\"");
    api.on("GET /v1/deployments", Canned.items(failing))
        .on(
            "GET /v1/instances",
            Canned.items(Canned.WEB_2.replace("\"revision\":2", "\"revision\":1")));
    CliRun.Result result = cli.run("apply", "-f", file, "--wait", "--timeout", "3s");
    assertThat(result.err()).contains("not ready after 3s");
  }

  @Test
  void endsWhenTheTimeIsUp() {
    CliRun.Result result = cli.run("apply", "-f", file, "--wait", "--timeout", "300ms");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("default/web: creating, 1/2 ready", "error: not ready after");
  }

  @Test
  void endsWhenSomebodyDeletesIt() {
    api.on("GET /v1/deployments", Canned.items());
    CliRun.Result result = cli.run("apply", "-f", file, "--wait");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("default/web: gone", "it was deleted");
  }
}
