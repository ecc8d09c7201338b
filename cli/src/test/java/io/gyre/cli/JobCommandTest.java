package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobCommandTest {
  private static final String JOB = "/v1/namespaces/default/deployments/job";
  private static final String RUN =
      """
      {"number":%d,"revision":1,"trigger":"request","actor":"ann","state":"%s","completions":1,
       "succeeded":0,"failed":1,"created_at":"2026-01-01T00:00:00Z",
       "started_at":"2026-01-01T00:00:00Z","ended_at":"2026-01-01T00:01:30Z","exit_code":3,
       "message":"attempt 1 (job-a) exited with code 3",
       "attempts":[{"number":1,"index":0,"instance":"job-a","state":"failed","exit_code":3,
         "created_at":"2026-01-01T00:00:00Z","message":"exited with code 3"}]}
      """;

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api =
        Canned.api()
            .on("POST " + JOB + "/runs", "{\"request\":4}")
            .on("GET " + JOB + "/runs", list(RUN.formatted(1, "failed")))
            .on("GET " + JOB + "/runs/1", RUN.formatted(1, "failed"))
            .on(
                "GET /v1/instances/job-a",
                "{\"id\":\"job-a\",\"last_exit\":{\"code\":3,\"at\":\"2026-01-01T00:01:30Z\","
                    + "\"last_lines\":[\"no such table\"]}}");
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static String list(String item) {
    return "{\"items\":[" + item + "],\"continue\":\"\"}";
  }

  @Test
  void showsRunsAndAttempts() {
    assertThat(cli.run("job", "history", "job").out().lines())
        .hasSize(2)
        .last()
        .satisfies(
            line ->
                assertThat(line)
                    .startsWith("1 ")
                    .contains("failed", "0/1", "90s", "ann", "exited with code 3"));
    assertThat(cli.run("job", "history", "job", "1").out())
        .startsWith("run 1 of default/job: failed: attempt 1 (job-a) exited with code 3\n")
        .contains("job-a");
  }

  @Test
  void listsJobs() {
    api.on(
        "GET /v1/deployments",
        """
        {"items":[{"namespace":"default","name":"web"},
         {"namespace":"default","name":"job","job":{"schedule":{"cron":"@daily","suspend":true},
          "last_run":{"number":7,"state":"timed_out"}}}],"continue":""}
        """);
    assertThat(cli.run("job", "list").out().lines())
        .hasSize(2)
        .last()
        .satisfies(
            line ->
                assertThat(line)
                    .startsWith("job ")
                    .contains("@daily (suspended)", "7", "timed_out"));
  }

  @Test
  void waitsForTheRunThatItAskedFor() {
    api.onEach(
        "GET " + JOB + "/runs",
        list(""),
        list(RUN.formatted(2, "running")),
        list(RUN.formatted(2, "running")),
        list(RUN.formatted(2, "succeeded")));
    CliRun.Result good = cli.run("job", "run", "job", "--wait");
    assertThat(good.exit()).isZero();
    assertThat(good.out()).contains("job default/job: run 2", "run 2 of default/job: succeeded");
    assertThat(api.lines()).contains("GET " + JOB + "/runs?request=4&limit=500");
    api.on("GET " + JOB + "/runs", list(RUN.formatted(3, "failed")));
    CliRun.Result bad = cli.run("job", "run", "job", "--wait");
    assertThat(bad.exit()).isEqualTo(1);
    assertThat(bad.err())
        .contains("job-a ended with code 3", "| no such table", "run 3 of default/job failed");
  }

  @Test
  void cancelsWhatIsUnderWay() {
    assertThat(cli.run("job", "cancel", "job").out())
        .isEqualTo("job default/job has no run under way\n");
    api.on("GET " + JOB + "/runs", list(RUN.formatted(2, "running")))
        .on("POST " + JOB + "/runs/2/cancel", RUN.formatted(2, "running"));
    assertThat(cli.run("job", "cancel", "job").out())
        .isEqualTo("job default/job: run 2 is cancelled\n");
    assertThat(cli.run("job", "cancel", "job", "5").exit()).isEqualTo(4);
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(cli.run("job", "frob", "job").exit()).isEqualTo(2);
    assertThat(cli.run("job", "run").err()).contains("of which job?");
    assertThat(cli.run("job", "run", "job", "3").exit()).isEqualTo(2);
  }
}
