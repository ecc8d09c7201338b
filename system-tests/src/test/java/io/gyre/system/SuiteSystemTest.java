package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The whole suite on host processes: deploys, heals and survives being killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class SuiteSystemTest {
  private Gyre gyre;

  @BeforeAll
  void start(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
    gyre = new Gyre(directory.resolve("home"), "runtime: { metrics_interval: 1s }\n");
    gyre.failpoints(failpoints());
    gyre.up();
  }

  private Path failpoints() {
    return gyre.home.resolveSibling("failpoints");
  }

  @AfterEach
  void everyComponentIsBack() throws Exception {
    gyre.up();
    for (String component : Gyre.COMPONENTS) {
      Gyre.await(() -> gyre.ready(component, 0), component + " is ready");
    }
  }

  @AfterAll
  void stop() throws Exception {
    gyre.close();
    for (String component : List.of("reconciler", "runtime", "supervisor")) {
      assertThat(gyre.log(component)).as(component).doesNotContain(" ERROR ");
    }
  }

  private String sleeper(String name, int replicas, String mark) {
    return """
    deployments:
      %s:
        replicas: %d
        environment: { OF_TEST: home, MARK: "%s" }
        process: { command: [sleep, "1000000"], stop_grace: 1s }
    """
        .formatted(name, replicas, mark);
  }

  @Test
  void theExampleOfTheReadmeAnswers() throws Exception {
    String example = gyre.root.resolve("examples/hello/gyre.yaml").toString();
    gyre.run("apply", "-f", example, "--wait", "--timeout", "60s").ok();
    for (JsonNode instance : gyre.instances("hello")) {
      int port = instance.path("ports").path(0).path("port").asInt();
      try (var body = URI.create("http://127.0.0.1:" + port + "/").toURL().openStream()) {
        assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
            .contains("Hello from Gyre, on port " + port);
      }
    }
    assertThat(gyre.run("apply", "-f", example).ok().out()).contains("unchanged");
    assertThat(gyre.run("plan", "-f", example).exit()).isZero();
    gyre.run("delete", "hello", "--wait").ok();
  }

  @Test
  void survivesTheDeathOfEachComponentAndOfAllAtOnce() throws Exception {
    gyre.apply(
            sleeper("steady", 3, "a")
                + "    health_checks: [{ command: [\"true\"], interval: 1s, threshold: 5 }]\n")
        .ok();
    Gyre.await(
        () -> conditions("steady").toString().split("checks_pass", -1).length == 4,
        "the checks of all have passed");
    Map<String, Long> before = gyre.pids("steady");
    assertThat(before).hasSize(3);
    List<String> conditions = conditions("steady");
    for (String component : Gyre.COMPONENTS) {
      long pid = gyre.pid(component);
      gyre.kill(component);
      gyre.up();
      Gyre.await(() -> gyre.ready(component, pid), component + " is back");
      gyre.awaitRunning("steady", 3);
      assertThat(gyre.pids("steady")).as("after the death of " + component).isEqualTo(before);
    }
    killAll();
    gyre.up();
    gyre.awaitRunning("steady", 3);
    assertThat(gyre.pids("steady")).isEqualTo(before);
    assertThat(conditions("steady")).as("no condition and no time").isEqualTo(conditions);
    assertThat(gyre.processesOf("steady"))
        .as("no orphan, no twin")
        .containsExactlyInAnyOrderElementsOf(before.values());
    gyre.run("delete", "steady", "--wait").ok();
    assertThat(gyre.processesOf("steady")).isEmpty();
  }

  /** Of a deployment and its instances, with their times. */
  private List<String> conditions(String name) throws IOException {
    List<String> all = new ArrayList<>();
    all.add(gyre.deployment(name).path("conditions").toString());
    for (JsonNode instance : gyre.instances(name)) {
      all.add(instance.path("id").asText() + " " + instance.path("conditions"));
    }
    return all;
  }

  @Test
  void whatIsUnhealthyIsRestartedOrStoppedAndStaysSo() throws Exception {
    Path bad = gyre.home.resolve("bad");
    gyre.apply(
            """
            deployments:
              restarts:
                environment: { OF_TEST: home }
                process: { command: [sleep, "1000000"], stop_grace: 1s }
                health_checks:
                  - { command: "test ! -e %1$s-restart", interval: 200ms, threshold: 2 }
              stops:
                replicas: 2
                environment: { OF_TEST: home }
                process: { command: [sleep, "1000000"], stop_grace: 1s }
                health_checks:
                  - { command: "test ! -e %1$s-stop", interval: 200ms, threshold: 2, on_failure: stop }
            """
                .formatted(bad))
        .ok();
    Map<String, Long> restarts = gyre.pids("restarts");
    Map<String, Long> stops = gyre.pids("stops");
    Files.createFile(Path.of(bad + "-restart"));
    Gyre.await(() -> !gyre.pids("restarts").equals(restarts), "it is restarted");
    Files.delete(Path.of(bad + "-restart"));
    assertThat(gyre.pids("restarts").keySet()).as("in place").isEqualTo(restarts.keySet());

    Files.createFile(Path.of(bad + "-stop"));
    Gyre.await(
        () -> gyre.deployment("stops").path("phase").asText().equals("stopped"), "it is stopped");
    assertThat(gyre.processesOf("stops")).isEmpty();
    assertThat(gyre.instances("stops")).as("they are kept").hasSize(2);
    Gyre.await(() -> gyre.deployment("stops").path("stopped").asBoolean(), "the API knows");
    killAll();
    gyre.up();
    gyre.awaitRunning("restarts", 1);
    assertThat(gyre.deployment("stops").path("phase").asText()).isEqualTo("stopped");
    assertThat(gyre.processesOf("stops")).isEmpty();
    assertThat(gyre.run("describe", "stops").ok().out())
        .contains("stopped_by_health_check")
        .contains("exited with code 1");
    Files.delete(Path.of(bad + "-stop"));
    gyre.run("start", "stops").ok();
    gyre.awaitRunning("stops", 2);
    assertThat(gyre.pids("stops").keySet()).isEqualTo(stops.keySet());
    gyre.run("delete", "restarts", "stops", "--wait").ok();
  }

  @Test
  void anAcknowledgedApplyIsNeverLost() throws Exception {
    for (int i = 0; i < 3; i++) {
      String name = "kept" + i;
      Path manifest = gyre.manifest(sleeper(name, 2, "a"));
      gyre.run("apply", "-f", manifest.toString()).ok();
      killAll();
      gyre.up();
      gyre.awaitRunning(name, 2);
      assertThat(gyre.processesOf(name)).hasSize(2);
      gyre.run("delete", name).ok();
    }
  }

  @Test
  void crashedProcessesComeBackAlsoWhileEveryJvmIsDown() throws Exception {
    gyre.apply(sleeper("crash", 1, "a")).ok();
    long first = gyre.pids("crash").values().iterator().next();
    Gyre.signal(first, "KILL");
    Gyre.await(
        () -> gyre.instances("crash").getFirst().path("restarts").asInt() == 1,
        "the restart is seen");
    JsonNode instance = gyre.instances("crash").getFirst();
    assertThat(instance.path("last_exit").path("code").asInt()).isEqualTo(137);
    killAll();
    long second = instance.path("pid").asLong();
    Gyre.signal(second, "KILL");
    Gyre.await(
        () -> {
          List<Long> processes = gyre.processesOf("crash");
          return processes.size() == 1 && processes.getFirst() != second;
        },
        "it is back without any JVM");
    gyre.up();
    Gyre.await(
        () -> gyre.instances("crash").getFirst().path("restarts").asInt() == 2,
        "the restart in between is recorded");
    gyre.run("delete", "crash", "--wait").ok();
  }

  @Test
  void scalingKeepsTheSurvivorsAndANewRevisionReplacesThem() throws Exception {
    gyre.apply(sleeper("roll", 2, "a")).ok();
    Map<String, Long> two = gyre.pids("roll");
    gyre.run("scale", "roll", "--replicas", "4").ok();
    gyre.awaitRunning("roll", 4);
    assertThat(gyre.pids("roll")).containsAllEntriesOf(two);
    gyre.run("scale", "roll", "--replicas", "2").ok();
    gyre.awaitRunning("roll", 2);
    assertThat(gyre.pids("roll")).isEqualTo(two);
    assertThat(gyre.run("plan", "-f", gyre.manifest(sleeper("roll", 2, "b")).toString()).exit())
        .isEqualTo(2);
    gyre.apply(sleeper("roll", 2, "b")).ok();
    assertThat(gyre.deployment("roll").path("revision").asInt()).isEqualTo(2);
    assertThat(gyre.pids("roll")).doesNotContainKeys(two.keySet().toArray(String[]::new));
    gyre.run("restart", "roll").ok();
    gyre.run("delete", "roll", "--wait").ok();
    assertThat(gyre.processesOf("roll")).isEmpty();
  }

  @Test
  void anUpdateAndARollbackUnderLoadLoseNoRequest() throws Exception {
    Clients.watchAnUpdateAndARollback(
        gyre,
        "served",
        0,
        """
        deployments:
          served:
            replicas: 4
            rollout: { drain: 2s }
            environment: { OF_TEST: home, MARK: "%s" }
            process:
              command: |
                %secho "served by $$MARK" > index.html
                exec busybox httpd -f -p "127.0.0.1:$PORT"
              stop_grace: 1s
            health_checks:
              - { http: "http://localhost/", readiness: true, interval: 200ms, min_healthy_time: 0s }
        """,
        true);
  }

  @Test
  void theLoadDecidesHowManyThereAreAlsoAfterTheDeathOfAll() throws Exception {
    Path quiet = gyre.home.resolve("quiet");
    String manifest =
        """
        deployments:
          burner:
            environment: { OF_TEST: home }
            process:
              command: "while [ ! -e %s ]; do :; done; exec sleep 1000000"
              stop_grace: 1s
            resources: { requests: { cpu: 10m } }
            autoscale: { min: 1, max: 3, cpu: 50%%, cooldown_up: 0s, cooldown_down: 3s }
        """
            .formatted(quiet);
    gyre.apply(manifest).ok();
    Gyre.await(() -> gyre.deployment("burner").path("replicas").asInt() == 3, "it is scaled up");
    gyre.awaitRunning("burner", 3);
    assertThat(gyre.run("why", "burner").ok().out())
        .containsPattern("cpu \\d+% of 50% over 4 s: 1 -> 3, max 3")
        .contains("reconciler asked to scale default/burner: replicas 1 -> 3");
    assertThat(gyre.run("top", "-o", "name").ok().out()).startsWith("burner-");
    assertThat(gyre.run("apply", "-f", gyre.manifest(manifest).toString()).ok().out())
        .contains("unchanged");
    Gyre.Result refused = gyre.run("scale", "burner", "--replicas", "2");
    assertThat(refused.exit()).isEqualTo(5);
    assertThat(refused.err()).contains("is scaled by its load, from 1 to 3");

    Map<String, Long> before = gyre.pids("burner");
    killAll();
    gyre.up();
    gyre.awaitRunning("burner", 3);
    assertThat(gyre.pids("burner")).isEqualTo(before);
    Files.createFile(quiet);
    Gyre.await(() -> gyre.deployment("burner").path("replicas").asInt() == 1, "it is scaled down");
    gyre.awaitRunning("burner", 1);
    assertThat(before).containsAllEntriesOf(gyre.pids("burner"));
    gyre.run("delete", "burner", "--wait").ok();
  }

  @Test
  void aCrashLoopIsShownWithItsLastWordsAndNeverGivenUp() throws Exception {
    gyre.run(
            "apply",
            "-f",
            gyre.manifest(
                    """
                    deployments:
                      looping:
                        environment: { OF_TEST: home }
                        process: { command: "echo cannot go on; exit 7" }
                    """)
                .toString())
        .ok();
    Gyre.await(
        () -> gyre.deployment("looping").path("phase").asText().equals("crash_looping"),
        "the crash loop is shown");
    assertThat(gyre.deployment("looping").path("message").asText())
        .contains("exited with code 7")
        .contains("cannot go on");
    assertThat(gyre.run("describe", "looping").ok().out()).contains("cannot go on");
    assertThat(gyre.run("logs", "looping", "--tail", "1").ok().out()).contains("cannot go on");
    gyre.run("delete", "looping", "--wait").ok();
  }

  @Test
  void aMissingProgramIsSaidAndAFixHeals() throws Exception {
    String manifest =
        """
        deployments:
          missing:
            environment: { OF_TEST: home }
            process: { command: [%s, "1000000"] }
        """;
    gyre.run("apply", "-f", gyre.manifest(manifest.formatted("no-such-program")).toString()).ok();
    Gyre.await(
        () -> gyre.deployment("missing").path("phase").asText().equals("failed"),
        "the failure is shown");
    assertThat(gyre.deployment("missing").path("message").asText()).contains("no-such-program");
    gyre.apply(manifest.formatted("sleep")).ok();
    gyre.run("delete", "missing", "--wait").ok();
  }

  /** Of the library that hashes them only a part is in what is started. */
  @Test
  void aPasswordOpensASession() throws Exception {
    String password = "\"password\":\"a long password\"";
    gyre.post("/v1/users", "{\"name\":\"ann\",%s,\"roles\":[\"viewer\"]}".formatted(password));
    assertThat(gyre.post("/v1/login", "{\"user\":\"ann\",%s}".formatted(password)).toString())
        .contains("gyres_");
  }

  @Test
  void logsExecAndWhyTellWhatHappens() throws Exception {
    gyre.apply(
            """
            deployments:
              chatty:
                environment: { OF_TEST: home, WORD: walrus }
                process: { command: "echo started with $$WORD; exec sleep 1000000" }
            """)
        .ok();
    Gyre.await(
        () -> gyre.run("logs", "chatty").out().contains("started with walrus"), "the log is read");
    Gyre.Result exec = gyre.run("exec", "chatty", "--", "sh", "-c", "echo from $WORD; exit 3");
    assertThat(exec.exit()).isEqualTo(3);
    assertThat(exec.out()).isEqualTo("from walrus\n");
    assertThat(gyre.run("why", "chatty").ok().out())
        .contains("asked to create default/chatty")
        .contains("1 replica wanted, 0 there")
        .contains("runs, pid");
    gyre.run("delete", "chatty", "--wait").ok();
  }

  @Test
  void aBackupBroughtBackTakesOverWhatRuns() throws Exception {
    Path backup = gyre.home.resolveSibling("backup.zip");
    gyre.apply(sleeper("kept", 2, "a")).ok();
    Map<String, Long> before = gyre.pids("kept");
    long api = gyre.pid("api");
    Files.writeString(failpoints().resolve("backup.database_written"), "kill");
    assertThat(gyre.run("backup", backup.toString()).err()).contains("the backup was cut off");
    assertThat(backup.resolveSibling("." + backup.getFileName() + ".part")).doesNotExist();
    Gyre.await(() -> gyre.ready("api", api), "the API is back");
    gyre.run("backup", backup.toString()).ok();
    assertThat(gyre.home.resolve("data"))
        .as("nothing is left of the one that was cut off")
        .isDirectoryNotContaining("glob:**.backup-*");
    assertThat(gyre.run("restore", backup.toString(), "--force").err()).contains("Gyre runs on");
    gyre.run("scale", "kept", "--replicas", "3").ok();
    gyre.awaitRunning("kept", 3);
    gyre.run("down").ok();
    try (Stream<Path> files = Files.walk(gyre.home.resolve("data"))) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
    assertThat(gyre.run("restore", backup.toString()).ok().out()).contains("restored the state of");
    gyre.up();
    Gyre.await(() -> gyre.get("/v1/events").toString().contains("orphan_found"), "it is told");
    gyre.awaitRunning("kept", 2);
    assertThat(gyre.pids("kept")).as("neither restarted nor twinned").isEqualTo(before);
    assertThat(gyre.processesOf("kept"))
        .as("what the backup doesn't know runs on")
        .hasSize(3)
        .containsAll(before.values());
    gyre.run("delete", "kept", "--wait").ok();
    Gyre.await(() -> gyre.processesOf("kept").isEmpty(), "the unknown one goes with the rest");
  }

  @Test
  void badInputGetsAClearErrorAndChangesNothing() throws Exception {
    Gyre.Result refused =
        gyre.run(
            "apply",
            "-f",
            gyre.manifest(
                    """
                    deployments:
                      good: { process: { command: [sleep, "1000"] } }
                      bad:
                        replica: 2
                        runtime: dokcer
                        process: { command: [sleep, "1000"], stop_signal: NOPE }
                    """)
                .toString());
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("did you mean \"replicas\"")
        .contains("dokcer")
        .contains("stop_signal")
        .contains("yaml:4:")
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
    assertThat(gyre.run("get", "deployments", "-A").out()).doesNotContain("good");
    assertThat(gyre.run("get", "deployments", "nowhere").exit()).isEqualTo(4);
    assertThat(gyre.run(Map.of("GYRE_TOKEN", "wrong"), "get", "deployments").exit()).isEqualTo(6);
    Gyre.Result away = gyre.run(Map.of("GYRE_API", "http://127.0.0.1:1"), "get", "deployments");
    assertThat(away.exit()).isEqualTo(3);
    assertThat(away.err()).contains("cannot reach Gyre at http://127.0.0.1:1");
  }

  @Test
  void everyComponentEndsInOrderWithinTwoSeconds() throws Exception {
    for (String component : List.of("api", "reconciler", "runtime")) {
      long pid = gyre.pid(component);
      long asked = System.nanoTime();
      Gyre.signal(pid, "TERM");
      Gyre.await(() -> !Gyre.alive(pid), component + " has ended");
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked))
          .as(component + " ends, milliseconds")
          .isLessThan(2500);
      Gyre.await(() -> gyre.ready(component, pid), component + " is back");
    }
  }

  private void killAll() throws IOException {
    List<Long> pids = new ArrayList<>();
    // The supervisor first, so that it starts none of the others again.
    for (String component : List.of("supervisor", "api", "reconciler", "runtime")) {
      pids.add(gyre.pid(component));
    }
    pids.forEach(pid -> Gyre.signal(pid, "KILL"));
  }
}
