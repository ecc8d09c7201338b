package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** rollout and rollback. */
final class RolloutCommandTest {
  private static final String WEB = "/v1/namespaces/default/deployments/web";
  private static final String REVISIONS =
      """
      {"items":[
       {"revision":1,"current":false,"created_at":"2026-01-01T00:00:00Z","actor":"ann",
        "state":"complete","completed_at":"2026-01-01T00:00:10Z"},
       {"revision":2,"current":true,"created_at":"2026-01-01T00:00:00Z","actor":"bob",
        "state":"%s","message":"web-a exited with code 3"}],"continue":""}
      """;

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api =
        Canned.api()
            .on("GET " + WEB, deployment(2, 7, ""))
            .on("GET " + WEB + "/revisions", REVISIONS.formatted("progressing"));
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static String deployment(int revision, int generation, String more) {
    return """
    {"namespace":"default","name":"web","revision":%d,"generation":%d,
     "observed_generation":%d,"replicas":4,"ready":3,"phase":"creating"%s}
    """
        .formatted(revision, generation, generation, more);
  }

  @Test
  void showsHowFarItIs() {
    CliRun.Result running = cli.run("rollout", "status", "web");
    assertThat(running.out())
        .isEqualTo(
            "deployment default/web: revision 2 progressing, 3/4 ready: web-a exited with code 3\n");
    assertThat(running.exit()).isZero();
    api.on("GET " + WEB, deployment(2, 7, ",\"paused\":true"));
    assertThat(cli.run("rollout", "status", "web").out()).contains("progressing, paused, 3/4");
    api.on("GET " + WEB + "/revisions", REVISIONS.formatted("rolled_back"));
    assertThat(cli.run("rollout", "status", "web").exit()).isEqualTo(1);
  }

  @Test
  void showsAllRevisions() {
    assertThat(cli.run("rollout", "history", "web").out().lines())
        .hasSize(3)
        .anySatisfy(line -> assertThat(line).startsWith("1 ").contains("complete", "ann"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("2 (wanted)")
                    .contains("progressing", "bob", "exited with code 3"));
  }

  @Test
  void showsWhatDiffers() {
    api.on(
        "GET " + WEB + "/revisions/2/diff",
        "{\"from\":1,\"to\":2,\"fields\":[{\"path\":\"image\",\"from\":\"a:1\",\"to\":\"a:2\"}]}");
    assertThat(cli.run("rollout", "diff", "web", "--from", "1").out())
        .isEqualTo("deployment default/web: revision 1 -> revision 2\n    image: a:1 -> a:2\n");
  }

  @Test
  void pausesResumesAndGoesBack() {
    api.on("POST " + WEB + "/rollout/pause", deployment(2, 8, ""))
        .on("POST " + WEB + "/rollout/resume", deployment(2, 7, ""))
        .on("POST " + WEB + "/rollback", deployment(1, 8, ""));
    assertThat(cli.run("rollout", "pause", "web").out())
        .isEqualTo("deployment default/web paused\n");
    assertThat(cli.run("rollout", "resume", "web").out())
        .isEqualTo("deployment default/web waits for nothing\n");
    assertThat(cli.run("rollback", "web", "--to", "1").out())
        .isEqualTo("deployment default/web goes back from revision 2 to 1\n");
    assertThat(api.requests().getLast().body()).isEqualTo("{\"revision\":1}");
    assertThat(cli.run("rollout", "undo", "web").out()).contains("from revision 2 to 1");
    assertThat(api.requests().getLast().body()).isEqualTo("{}");
  }

  @Test
  void saysWhatCannotBeMeant() {
    assertThat(cli.run("rollout", "explode", "web").exit()).isEqualTo(2);
    assertThat(cli.run("rollout", "status").exit()).isEqualTo(2);
    assertThat(cli.run("rollout", "status", "web", "--to", "1").err())
        .contains("--to belongs to gyre rollout undo");
    assertThat(cli.run("rollback", "web", "--to", "x").exit()).isEqualTo(2);
  }

  @Test
  void aWaitEndsWhereTheRevisionIsRolledBack() {
    api.on("GET " + WEB + "/revisions", REVISIONS.formatted("rolled_back"))
        .on("POST " + WEB + "/rollout/resume", deployment(2, 7, ""))
        .on("GET /v1/deployments", Canned.items(deployment(2, 7, ",\"reason\":\"rolled_back\"")));
    CliRun.Result result = cli.run("rollout", "resume", "web", "--wait");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .contains("revision 2 failed: web-a exited with code 3")
        .contains("error: revision 2 of default/web was rolled back");
  }
}
