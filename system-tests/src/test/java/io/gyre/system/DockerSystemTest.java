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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
  private Path logins;

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
    logins = directory.resolve("logins.json");
    gyre =
        new Gyre(
            directory.resolve("home"),
            "runtime: { settings: { docker: { use_host_auth: \"default, tools\", host_auth_file: "
                + logins
                + " } } }\n");
    failpoints = directory.resolve("failpoints");
    gyre.failpoints(failpoints);
    gyre.up();
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

  static String output(String line) throws IOException, InterruptedException {
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
  void imagesOfAPrivateRegistryArePulledByEachWay(@TempDir Path directory) throws Exception {
    String password = "pw-7c41e09b2d";
    String next = "pw-b8860d3f51";
    try (Registry registry = Registry.start(directory.resolve("registry"), "alice", password)) {
      registry.push(IMAGE, "team/app:1", "alice", password);
      String image = registry.address + "/team/app:1";
      String manifest = "deployments:\n";
      Map<String, String> ways =
          Map.of(
              "by-password", "username: alice, password: $PW",
              "by-entry", "username: alice, password: { secretRef: { name: hub, key: password } }",
              "by-secret", "image_pull_secret: hub",
              "by-host", "use_host_auth: true");
      for (Map.Entry<String, String> way : new TreeMap<>(ways).entrySet()) {
        manifest +=
            "  %s: { image: %s, command: [sleep, '1000'], rollout: { auto_rollback: false },"
                    .formatted(way.getKey(), image)
                + " config: { image_pull_policy: Always, "
                + way.getValue()
                + " } }\n";
      }
      Path file = gyre.manifest(manifest);
      secret(registry, directory, "create", "wrong");
      Files.writeString(logins, registry.logins("alice", "wrong"));
      gyre.run(Map.of("PW", "wrong"), "apply", "-f", file.toString()).ok();
      for (String way : ways.keySet()) {
        Gyre.await(
            () -> gyre.deployment(way).path("message").asText().contains("refuses image"),
            way + " is refused");
      }
      assertThat(gyre.deployment("by-password").path("message").asText())
          .contains(registry.address + " refuses image " + image + " as user alice");
      assertThat(gyre.get("/v1/events?deployment=by-secret&limit=500").toString())
          .contains("image_pull_unauthorized");

      secret(registry, directory, "set", password);
      Files.writeString(logins, registry.logins("alice", password));
      gyre.run(Map.of("PW", password), "apply", "-f", file.toString()).ok();
      for (String way : ways.keySet()) {
        gyre.awaitRunning(way, 1);
        assertThat(gyre.deployment(way).path("revision").asLong()).as(way).isEqualTo(1);
      }
      Map<String, String> before = containers("by-secret");

      registry.setPassword("alice", next);
      secret(registry, directory, "set", next);
      assertThat(containers("by-secret")).as("what runs is left alone").isEqualTo(before);
      gyre.run("scale", "by-secret", "--replicas", "2").ok();
      gyre.awaitRunning("by-secret", 2);
      gyre.run("scale", "by-password", "--replicas", "2").ok();
      Gyre.await(
          () -> gyre.deployment("by-password").path("message").asText().contains("refuses image"),
          "the old password is refused");
      for (String component : List.of("api", "runtime")) {
        long pid = gyre.pid(component);
        gyre.kill(component);
        Gyre.await(() -> gyre.ready(component, pid), component + " is back");
      }
      gyre.run(Map.of("PW", next), "apply", "-f", gyre.manifest(scaled(manifest)).toString()).ok();
      gyre.awaitRunning("by-password", 2);

      for (String word : List.of(password, next)) {
        assertThat(output("grep -rlF -e '" + word + "' " + gyre.home + " | grep -v manifest"))
            .as("files with " + word)
            .isEmpty();
        assertThat(output("docker inspect $(docker ps -aq) | grep -F -e '" + word + "'")).isEmpty();
      }
      gyre.run("delete", "by-password", "by-entry", "by-secret", "by-host", "--wait").ok();
      gyre.run("secret", "delete", "hub").ok();
      registry.forget("team/app:1");
    }
  }

  private static String scaled(String manifest) {
    return manifest.replaceAll("(by-(password|secret): \\{)", "$1 replicas: 2,");
  }

  /** The logins of the registry, and its password alone. */
  private void secret(Registry registry, Path directory, String verb, String password)
      throws Exception {
    Path all = directory.resolve("all");
    Path one = directory.resolve("one");
    Files.writeString(all, registry.logins("alice", password));
    Files.writeString(one, password);
    gyre.run(
            "secret",
            verb,
            "hub",
            "--from-file",
            ".dockerconfigjson=" + all,
            "--from-file",
            "password=" + one)
        .ok();
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
    gyre.up();
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

  private final List<String> said = new ArrayList<>();

  private Gyre.Result say(String... arguments) throws Exception {
    Gyre.Result result = gyre.run(arguments);
    said.add(result.out() + result.err());
    return result.ok();
  }

  /** Every way of use has the value, on both runtimes. */
  private void assertUsed(Planted planted) throws Exception {
    String script =
        "for f in ROOT/all/password ROOT/one; do sha256sum <$f; stat -c %a $f; done;"
            + " for v in \"$PASSWORD\" \"$P_password\"; do printf %s \"$v\" | sha256sum; done";
    String hash = planted.sha256() + "  -";
    for (String deployment : List.of("ghost", "vessel")) {
      String root = deployment.equals("ghost") ? "$GYRE_SECRETS" : "";
      assertThat(
              say("exec", deployment, "--", "sh", "-c", script.replace("ROOT", root)).out().lines())
          .as(deployment)
          .containsExactly(hash, "400", hash, "400", hash, hash);
    }
  }

  private void awaitBoth(int revision) throws Exception {
    for (String deployment : List.of("ghost", "vessel")) {
      Gyre.await(
          () ->
              gyre.running(deployment, 1)
                  && gyre.instances(deployment).size() == 1
                  && gyre.instances(deployment).getFirst().path("revision").asInt() == revision,
          deployment + " runs revision " + revision);
    }
  }

  private void assertNowhere(Path outside, Planted... planted) throws Exception {
    List<String> forms = Stream.of(planted).flatMap(each -> each.forms().stream()).toList();
    for (String path :
        List.of(
            "/v1/secrets",
            "/v1/namespaces/default/secrets/planted/versions",
            "/v1/deployments",
            "/v1/namespaces/default/deployments/ghost",
            "/v1/namespaces/default/deployments/vessel/revisions",
            "/v1/namespaces/default/deployments/vessel/revisions/2/diff?from=1",
            "/v1/namespaces/default/deployments/ghost/why",
            "/v1/instances",
            "/v1/events?limit=500",
            "/v1/keys",
            "/v1/status")) {
      said.add(gyre.get(path).toString());
    }
    for (String command : List.of("describe ghost", "why vessel", "get events", "logs vessel")) {
      say(command.split(" "));
    }
    assertThat(said).noneMatch(text -> forms.stream().anyMatch(text::contains));
    Planted.assertNowhere(gyre, outside, forms);
    assertThat(output("docker logs " + containers("vessel").values().iterator().next() + " 2>&1"))
        .satisfies(logs -> assertThat(forms).noneMatch(logs::contains));
  }

  private void assertHeeded(Planted planted) throws Exception {
    String sum = planted.sha256();
    for (String deployment : List.of("heeds", "hears")) {
      String owner = deployment.equals("heeds") ? "65534:400" : "4242:400";
      Gyre.await(
          () -> {
            List<String> lines = say("logs", deployment).out().lines().toList();
            return lines.stream().filter(line -> line.contains(sum)).count() >= 2
                && lines.stream().filter(line -> line.contains(owner)).count() >= 2;
          },
          deployment + " has read both files on its signal");
      JsonNode instance = gyre.instances(deployment).getFirst();
      assertThat(instance.path("revision").asInt()).isEqualTo(1);
      assertThat(instance.path("restarts").asInt()).isZero();
    }
    gyre.run("delete", "heeds", "hears", "--wait").ok();
  }

  @Test
  void aSecretIsNowhereButWhereItIsUsed(@TempDir Path outside) throws Exception {
    Planted first = Planted.fresh();
    Planted second = Planted.fresh();
    Path file = outside.resolve("password");
    Files.writeString(file, first.value());
    say("secret", "create", "planted", "--from-file", "password=" + file);
    String use =
        """
            environment: { PASSWORD: { secretRef: planted } }
            envFrom: [ { secret: planted, prefix: P_ } ]
            volumes:
              - { type: secret, source: planted, destination: /all }
              - { type: secret, source: planted, key: password, destination: /one }
        """;
    String manifest =
        """
        deployments:
          ghost:
            process: { command: "echo here; exec sleep 1000", user: nobody }
        %s  vessel:
            image: %s
            command: [sh, -c, "echo here; exec sleep 1000"]
            config: { user: { id: 4242, group: 4242 } }
        %s"""
                .formatted(use, IMAGE, use)
            + Planted.heeding(
                "heeds", "process: { command: \"%s\", user: nobody }", "$$GYRE_SECRETS")
            + Planted.heeding(
                "hears",
                "image: "
                    + IMAGE
                    + "\n    command: [sh, -c, \"%s\"]\n    config: { user: { id: 4242, group: 4242 } }",
                "");
    Gyre.Result applied = gyre.apply(manifest);
    said.add(applied.out() + applied.err());
    applied.ok();
    awaitBoth(1);
    for (String deployment : List.of("heeds", "hears")) {
      Gyre.await(
          () -> gyre.run("logs", deployment).out().contains("here"), deployment + " can be told");
    }
    assertUsed(first);
    String own = say("exec", "ghost", "--", "sh", "-c", "echo $GYRE_SECRETS").out().strip();
    Path volatileRoot = Path.of(own, "..", "..", "..").normalize();
    assertThat(Files.getFileStore(volatileRoot).type()).isIn("tmpfs", "ramfs");

    Files.writeString(file, second.value());
    say("secret", "set", "planted", "--from-file", "password=" + file);
    awaitBoth(2);
    assertUsed(second);
    assertHeeded(second);
    assertThat(gyre.run("delete", "namespace", "default").exit()).isNotZero();
    Gyre.Result inUse = gyre.run("secret", "delete", "planted");
    assertThat(inUse.err()).contains("default/ghost", "default/vessel");

    // A crash is made good without anybody of Gyre.
    for (String component : Gyre.COMPONENTS) {
      gyre.kill(component);
    }
    // A boot: nothing runs, and nothing is left in memory.
    for (String line :
        output("cat " + gyre.home + "/runtimes/process/instances/*/keeper").split("\n")) {
      Gyre.signal(Long.parseLong(line.split(" ")[0]), "KILL");
    }
    for (long pid : gyre.processesOfAny("ghost")) {
      Gyre.signal(pid, "KILL");
    }
    output("docker kill $(docker ps -q --filter label=io.gyre.host=" + hostId() + ")");
    assertThat(shell("rm -r " + volatileRoot)).isZero();
    gyre.up();
    awaitBoth(2);
    assertUsed(second);

    say("secret", "rotate-kek");
    say("rollback", "ghost");
    say("rollback", "vessel");
    for (String deployment : List.of("ghost", "vessel")) {
      Gyre.await(
          () ->
              gyre.running(deployment, 1)
                  && gyre.instances(deployment).size() == 1
                  && gyre.instances(deployment).getFirst().path("revision").asInt() != 2,
          deployment + " is back");
    }
    assertUsed(first);
    for (long pid : gyre.pids("ghost").values()) {
      Gyre.signal(pid, "KILL");
    }
    Gyre.await(
        () ->
            gyre.instances("ghost").getFirst().path("restarts").asInt() > 0
                && gyre.running("ghost", 1),
        "the crash was made good");
    assertUsed(first);
    assertNowhere(outside, first, second);

    gyre.run("delete", "ghost", "vessel", "--wait").ok();
    try (Stream<Path> left = Files.walk(volatileRoot)) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
    say("secret", "delete", "planted");
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
