package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** up and down, with a real process in the place of the supervisor. */
final class UpDownTest {
  /** Writes the marks that components write, and ends on SIGTERM. */
  private static final String SUPERVISOR =
      """
      #!/bin/sh
      [ "$1 $2" = "run supervisor" ] || exit 9
      [ -z "${GYRE_TOKEN:-}" ] || exit 8
      echo "first words"
      [ -z "${FAKE_EXIT:-}" ] || exit "$FAKE_EXIT"
      mkdir -p "$GYRE_HOME/run"
      printf gyre_test >"$GYRE_HOME/admin-token"
      mark() {
        printf '{"address":"%s","component":"%s","message":"%s","pid":"%s","since":"%s","state":"%s"}' \
          "$3" "$1" "$4" $$ "$(date +%s%3N)" "$2" >"$GYRE_HOME/run/$1.tmp"
        mv "$GYRE_HOME/run/$1.tmp" "$GYRE_HOME/run/$1.json"
      }
      trap 'kill $! 2>/dev/null; exit 0' TERM INT
      mark supervisor ready "" ""
      mark api waiting "" "the database"
      sleep 0.3
      mark api ready "$FAKE_ADDRESS" ""
      while :; do
        sleep 1 &
        wait $!
      done
      """;

  private static final String READY =
      """
      {"version":"0.1.0","components":[
        {"component":"api","state":"ready","live":true},
        {"component":"reconciler","state":"ready","live":true},
        {"component":"runtime","state":"ready","live":true},
        {"component":"supervisor","state":"ready","live":true}],"database_ok":true}
      """;

  @TempDir Path temporary;
  private FakeApi api;
  private CliRun cli;
  private Path home;
  private Path manifest;

  @BeforeEach
  void start() throws IOException {
    home = temporary.resolve("home");
    // Its command line must look like a component's.
    Path launcher = Files.createDirectory(temporary.resolve("io.gyre.fake")).resolve("gyre");
    Files.writeString(launcher, SUPERVISOR);
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    manifest = Files.writeString(temporary.resolve("m.yaml"), "a: b\n");
    api =
        Canned.api()
            .on("GET /v1/status", READY)
            .on("GET /v1/deployments", Canned.items(Canned.DB))
            .on("GET /v1/instances", Canned.items())
            .on(
                "POST /v1/apply",
                """
                {"changes":[{"kind":"deployment","namespace":"data","name":"db","action":"create",
                  "revision":1,"generation":1,"replicas":{"from":0,"to":1}}]}
                """);
    cli =
        new CliRun(home)
            .with("GYRE_LAUNCHER", launcher.toString())
            .with("PATH", System.getenv("PATH"))
            .with("FAKE_ADDRESS", api.address())
            .realTime();
  }

  @AfterEach
  void stop() {
    for (Marks.Mark mark : new Marks(home).live()) {
      ProcessHandle.of(mark.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
    api.close();
  }

  @Test
  void upStartsAppliesAndWaitsAndDownStops() {
    CliRun.Result up = cli.run("up", "-d", "-f", manifest.toString());
    assertThat(up.err()).isEmpty();
    assertThat(up.exit()).isEqualTo(0);
    assertThat(up.out())
        .startsWith("waiting for ")
        .contains("api (waiting: the database)")
        .endsWith(
            "Gyre is up at "
                + api.address()
                + "\ndeployment data/db created (revision 1, 1 replica)\n"
                + "data/db: running, 1/1 ready\n");
    Marks.Mark supervisor = new Marks(home).read(Marks.SUPERVISOR).orElseThrow();
    assertThat(supervisor.live()).isTrue();
    assertThat(home.resolve("log/supervisor.out")).hasContent("first words");

    assertThat(cli.run("up", "-d").out()).isEqualTo("Gyre is already running\n");
    assertThat(new Marks(home).read(Marks.SUPERVISOR).orElseThrow().pid())
        .isEqualTo(supervisor.pid());

    assertThat(cli.run("down"))
        .isEqualTo(new CliRun.Result(0, "Gyre stopped; workloads go on\n", ""));
    assertThat(new Marks(home).live()).isEmpty();
    assertThat(cli.run("down")).isEqualTo(new CliRun.Result(0, "Gyre is not running\n", ""));
  }

  @Test
  void upInTheForegroundEndsWithTheSupervisor() throws Exception {
    CompletableFuture<CliRun.Result> run =
        CompletableFuture.supplyAsync(() -> cli.run("up", "-f", manifest.toString()));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!api.lines().contains("POST /v1/apply?dry_run=false") && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    Marks.Mark supervisor = new Marks(home).read(Marks.SUPERVISOR).orElseThrow();
    assertThat(run).isNotDone();
    assertThat(ProcessHandle.of(supervisor.pid()).orElseThrow().destroy()).isTrue();
    CliRun.Result result = run.get(30, TimeUnit.SECONDS);
    assertThat(result.exit()).isEqualTo(0);
    assertThat(result.err()).isEqualTo("Gyre stopped; workloads go on\n");
  }

  @Test
  void upShowsWhyTheSupervisorDied() {
    CliRun.Result result = cli.with("FAKE_EXIT", "5").run("up", "-d");
    assertThat(result.exit()).isEqualTo(5);
    assertThat(result.err())
        .startsWith("first words\nerror: the supervisor ended with status 5")
        .contains(home.resolve("log").toString());
  }

  @Test
  void upWaitsForRuntimesThatAnnounceThemselvesLate() {
    int[] asked = {0};
    api.on(
        "POST /v1/apply",
        (exchange, body) -> {
          boolean early = asked[0]++ < 2;
          String json =
              early
                  ? "{\"code\":\"manifest.invalid\",\"detail\":\"d\",\"violations\":[{\"code\":"
                      + "\"deployment.runtime.unsupported\",\"path\":\"p\",\"message\":\"m\"}]}"
                  : "{\"changes\":[]}";
          FakeApi.reply(
              exchange,
              early ? 422 : 200,
              "application/json",
              json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        });
    assertThat(cli.run("up", "-d", "-f", manifest.toString()).exit()).isEqualTo(0);
    assertThat(asked[0]).isEqualTo(3);
  }

  @Test
  void upStartsNothingOnMistakes() {
    assertThat(cli.run("up", "-d", "-f", "/no/such.yaml").exit()).isEqualTo(1);
    assertThat(cli.without("GYRE_LAUNCHER").run("up", "-d").err()).contains("GYRE_LAUNCHER");
    assertThat(new Marks(home).live()).isEmpty();
  }

  @Test
  void downWithWorkloadsDeletesThemFirst() {
    cli.run("up", "-d");
    boolean[] deleted = {false};
    api.on("GET /v1/instances", Canned.items())
        .on(
            "DELETE /v1/namespaces/data/deployments/db",
            (exchange, body) -> {
              deleted[0] = new Marks(home).read(Marks.SUPERVISOR).orElseThrow().live();
              api.on("GET /v1/namespaces/data/deployments/db", 404, "{\"code\":\"x\"}");
              FakeApi.reply(exchange, 202, "application/json", new byte[0]);
            });
    assertThat(cli.run("down", "--workloads"))
        .isEqualTo(
            new CliRun.Result(
                0, "deployment data/db deleted\nGyre stopped; no workload is left\n", ""));
    assertThat(deleted[0]).isTrue();
    assertThat(cli.run("down", "--workloads").exit()).isEqualTo(0);
  }

  @Test
  void marksOfOthersAreNotBelieved() throws IOException {
    Files.createDirectories(home.resolve("run"));
    String own = Long.toString(ProcessHandle.current().pid());
    for (String pid : List.of("1", own, "0", "x", "999999999")) {
      Files.writeString(
          home.resolve("run/supervisor.json"), "{\"pid\":\"" + pid + "\",\"state\":\"ready\"}");
      assertThat(new Marks(home).live()).as(pid).isEmpty();
    }
    Files.writeString(home.resolve("run/supervisor.json"), "{\"pid\":");
    assertThat(cli.run("down").out()).isEqualTo("Gyre is not running\n");
  }
}
