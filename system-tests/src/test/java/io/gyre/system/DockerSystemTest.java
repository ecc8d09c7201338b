package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The whole suite on containers of a real Docker engine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class DockerSystemTest {
  private static final String IMAGE = "gyre-test/busybox:1";
  private Gyre gyre;
  private Path failpoints;

  @BeforeAll
  void start(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
    if (shell("docker version") != 0) {
      String reason = "no Docker engine answers; install one: apt-get install docker.io";
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError(reason);
      }
      Assumptions.abort(reason);
    }
    assertThat(
            shell(
                "docker image inspect "
                    + IMAGE
                    + " || { d=$(mktemp -d) && mkdir $d/bin && cp $(command -v busybox) $d/bin/busybox"
                    + " && for a in $(busybox --list); do [ $a = busybox ] || ln -s busybox $d/bin/$a; done"
                    + " && tar -C $d -c . | docker import - "
                    + IMAGE
                    + "; }"))
        .isZero();
    gyre = new Gyre(directory.resolve("home"), "");
    failpoints = Files.createDirectory(directory.resolve("failpoints"));
    gyre.run(Map.of("GYRE_FAILPOINTS", failpoints.toString()), "up", "-d").ok();
    Gyre.await(
        () -> gyre.get("/v1/runtimes").toString().contains("\"docker\""),
        "the docker runtime is there");
  }

  @AfterAll
  void stop() throws Exception {
    if (gyre != null) {
      gyre.close();
    }
  }

  private static int shell(String line) throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", line)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static String output(String line) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", line).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out;
  }

  private Map<String, String> containers(String deployment) throws IOException {
    Map<String, String> containers = new TreeMap<>();
    for (JsonNode instance : gyre.instances(deployment)) {
      containers.put(instance.path("id").asText(), instance.path("container_id").asText());
    }
    return containers;
  }

  @Test
  void aManifestInTheShapeOfOthersRunsAndSurvives() throws Exception {
    gyre.apply(
            """
            namespaces:
              default: { name: default }
            deployments:
              web:
                name: web
                namespace: default
                runtime: docker
                kind: worker
                image: %s
                replicas: 2
                command: [httpd, -f, -p, "8080", -h, /etc]
                environment: { WORD: walrus }
                labels: { tier: front }
                resources: { limits: { cpu: "500m", memory: 64Mi } }
                config: { image_pull_policy: IfNotPresent }
                health_checks:
                  - { type: http, url: "http://localhost:8080/passwd", interval: 1s, timeout: 2s,
                      threshold: 3, on_failure: restart, readiness: true, min_healthy_time: 0s }
                  - { type: command, command: "test -d /bin", interval: 1s, timeout: 5s, on_failure: alert }
            """
                .formatted(makePasswd()))
        .ok();
    Map<String, String> before = containers("web");
    assertThat(before).hasSize(2);
    assertThat(gyre.run("exec", "web", "--", "sh", "-c", "echo $WORD").ok().out())
        .isEqualTo("walrus\n");
    assertThat(
            gyre.run("exec", "web", "--", "wget", "-q", "-O-", "http://web:8080/passwd").ok().out())
        .as("the deployment's name leads to its instances")
        .contains("root");

    for (String component : new String[] {"runtime", "reconciler", "api"}) {
      long pid = gyre.pid(component);
      gyre.kill(component);
      Gyre.await(() -> gyre.ready(component, pid), component + " is back");
      gyre.awaitRunning("web", 2);
      assertThat(containers("web")).as("after the death of " + component).isEqualTo(before);
    }

    JsonNode victim = gyre.instances("web").getFirst();
    Gyre.signal(victim.path("pid").asLong(), "KILL");
    Gyre.await(
        () -> {
          JsonNode now = gyre.get("/v1/instances/" + victim.path("id").asText());
          return now.path("restarts").asInt() == 1
              && now.path("state").asText().equals("running")
              && now.path("ready").asBoolean();
        },
        "the container was restarted in place");
    assertThat(containers("web")).isEqualTo(before);
    assertThat(gyre.get("/v1/events?deployment=web&limit=500").toString())
        .doesNotContain("health_check_failed");

    gyre.run("delete", "web", "--wait").ok();
    assertThat(
            output(
                "docker ps -aq --filter label=io.gyre.deployment=web --filter label=io.gyre.host="
                    + hostId()))
        .isEmpty();
  }

  @Test
  void anImageThatCannotBeHadIsSaidAndHurtsNobodyElse() throws Exception {
    gyre.run(
            "apply",
            "-f",
            gyre.manifest(
                    """
                    deployments:
                      nowhere:
                        image: 127.0.0.1:1/nowhere/image:1
                      fine:
                        image: %s
                        command: [sleep, "1000"]
                    """
                        .formatted(IMAGE))
                .toString())
        .ok();
    gyre.awaitRunning("fine", 1);
    Gyre.await(
        () -> gyre.deployment("nowhere").path("phase").asText().equals("failed"),
        "the failure is shown");
    assertThat(gyre.deployment("nowhere").path("message").asText())
        .contains("127.0.0.1:1/nowhere/image:1");
    gyre.run("delete", "nowhere", "--wait").ok();
    gyre.run("delete", "fine", "--wait").ok();
  }

  @Test
  void aPublishedPortIsReachedAndRecreated() throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    String manifest =
        """
        deployments:
          door:
            image: %s
            command: [sh, -c, "echo %s > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
            ports: [{ published: %d, target: 80, host_ip: 127.0.0.1 }]
        """;
    gyre.apply(manifest.formatted(IMAGE, "one", port)).ok();
    awaitAnswer(port, "one");
    gyre.apply(manifest.formatted(IMAGE, "two", port)).ok();
    awaitAnswer(port, "two");
    gyre.run("delete", "door", "--wait").ok();
  }

  @Test
  void anUpdateAndARollbackUnderLoadLoseNoRequest() throws Exception {
    Clients.watchAnUpdateAndARollback(
        gyre,
        "served",
        8080,
        """
        deployments:
          served:
            image: IMAGE
            replicas: 4
            rollout: { drain: 2s }
            environment: { MARK: "%s" }
            command:
              - sh
              - -c
              - '%secho "served by $$MARK" > /tmp/index.html; exec httpd -f -p 8080 -h /tmp'
            health_checks:
              - { http: "http://localhost:8080/", readiness: true, interval: 200ms, min_healthy_time: 0s }
        """
            .replace("IMAGE", IMAGE),
        false);
  }

  /** One of each runtime; each tells of every start in a file. */
  private String jobs(Path out, String script) {
    return """
    deployments:
      host:
        kind: job
        process: { command: "echo >> %1$s/host; %3$s" }
        job: { retries: 0 }
      box:
        kind: job
        image: %2$s
        command: [sh, -c, "echo >> /out/box; %4$s"]
        volumes: [{ type: bind, source: %1$s, destination: /out }]
        job: { retries: 0 }
      waits:
        process: { command: [sleep, "1000"] }
        depends_on:
          host: { condition: completed }
          box: { condition: completed }
    """
        .formatted(
            out,
            IMAGE,
            script.replace("DONE", out + "/host.done"),
            script.replace("DONE", "/out/box.done"));
  }

  private JsonNode lastRun(String job) throws IOException {
    JsonNode runs = gyre.get("/v1/namespaces/default/deployments/" + job + "/runs").path("items");
    return runs.path(runs.size() - 1);
  }

  private void awaitRun(String job, int number, String state) throws Exception {
    Gyre.await(
        () ->
            lastRun(job).path("number").asInt() == number
                && lastRun(job).path("state").asText().equals(state),
        "run " + number + " of " + job + " " + state);
  }

  @Test
  void jobsOfBothRuntimesEndOnceWhateverIsKilled(@TempDir Path out) throws Exception {
    Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxrwxrwx"));
    List<String> both = List.of("host", "box");
    gyre.run("apply", "-f", gyre.manifest(jobs(out, "sleep 3; echo bye; echo > DONE")).toString())
        .ok();
    for (String job : both) {
      Gyre.await(() -> Files.exists(out.resolve(job)), job + " has begun");
    }
    assertThat(gyre.deployment("waits").path("message").asText()).contains("to be completed");
    for (String component : Gyre.COMPONENTS) {
      gyre.kill(component);
    }
    for (String job : both) {
      Gyre.await(() -> Files.exists(out.resolve(job + ".done")), job + " has ended by itself");
    }
    gyre.run(Map.of("GYRE_FAILPOINTS", failpoints.toString()), "up", "-d").ok();
    for (String job : both) {
      awaitRun(job, 1, "succeeded");
      assertThat(gyre.run("logs", job).ok().out()).isEqualTo("bye\n");
    }
    gyre.awaitRunning("waits", 1);

    String failing = jobs(out, "echo last words; exit 7");
    Gyre.Result failed = gyre.apply(failing);
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.err()).contains("code 7", "| last words");
    gyre.awaitRunning("waits", 1);
    int run = 2;
    for (String place :
        List.of("reconciler.job.ending", "reconciler.job.ended", "host.command.after")) {
      Files.writeString(failpoints.resolve(place), "kill");
      run++;
      for (String job : both) {
        gyre.run("job", "run", job).ok();
      }
      for (String job : both) {
        awaitRun(job, run, "failed");
      }
      assertThat(failpoints.resolve(place)).as("it was killed there").doesNotExist();
    }
    for (String job : both) {
      assertThat(Files.readAllLines(out.resolve(job))).as("starts of " + job).hasSize(run);
      for (JsonNode each :
          gyre.get("/v1/namespaces/default/deployments/" + job + "/runs").path("items")) {
        assertThat(each.path("attempts").size()).isEqualTo(1);
      }
    }
    gyre.run("delete", "waits", "host", "box", "--wait").ok();
  }

  private static void awaitAnswer(int port, String answer) throws Exception {
    Gyre.await(
        () -> {
          try (var body = URI.create("http://127.0.0.1:" + port + "/").toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8).strip().equals(answer);
          }
        },
        "port " + port + " answers " + answer);
  }

  /** An image whose /etc/passwd can be served. */
  private static String makePasswd() throws Exception {
    String name = "gyre-test/busybox-passwd:1";
    assertThat(
            shell(
                "docker image inspect "
                    + name
                    + " || { c=$(docker create "
                    + IMAGE
                    + " sh) && f=$(mktemp) && echo root:x:0:0 > $f && chmod 644 $f && docker cp $f $c:/etc/passwd"
                    + " && docker commit $c "
                    + name
                    + " && docker rm $c; }"))
        .isZero();
    return name;
  }

  private String hostId() throws IOException {
    return Files.readString(gyre.home.resolve("data/host-id")).strip();
  }
}
