package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Autoscale;
import io.gyre.model.ConfigContent;
import io.gyre.model.ContainerSpec;
import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.HealthCheck;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobSchedule;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.Quota;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is written declares what it was written from. */
final class ManifestWriterTest {
  private static final Pattern FENCE = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");
  private static final List<String> NASTY =
      List.of(
          "plain",
          "",
          " ",
          "a b",
          "$HOME",
          "${HOME:-x}",
          "$$",
          "a$",
          "5 $1 $PORT ${PORT}",
          "null",
          "~",
          "yes",
          "0x1F",
          "1e3",
          "12:30:45",
          "- a",
          "a: b",
          "a #b",
          "#",
          "{a}",
          "[a, b]",
          "a, b",
          "&a",
          "*a",
          "!t",
          "|",
          ">",
          "'q'",
          "\"q\"",
          "back\\slash",
          "line\nline\n",
          "line\n\n  indented\nlast",
          " leading\nspace",
          "trailing \nspace",
          "tab\there",
          "\n",
          "ends\n\n",
          "caf\u00e9 \u2603 \ud83d\ude00",
          "\u0001\u007f\u0085\u2028",
          "\r\n",
          "@at",
          "%p",
          "`t`",
          "a:",
          "key: |\n  x\n");

  private final Random random = new Random(42);

  @Test
  void whatIsGeneratedComesBack() {
    for (int i = 0; i < 300; i++) {
      Manifest manifest = manifest();
      assertSame(manifest, ManifestWriter.write(manifest));
    }
  }

  @Test
  void whatTheDocumentationAndTheExamplesShowComesBack() throws IOException {
    List<String> texts = new ArrayList<>();
    for (String page : List.of("docs/manifest.md", "docs/jobs.md")) {
      FENCE
          .matcher(Fixtures.file(Fixtures.root().resolve(page)))
          .results()
          .forEach(result -> texts.add(result.group(1)));
    }
    try (Stream<Path> all = Files.walk(Fixtures.root().resolve("examples"))) {
      all.filter(file -> file.endsWith("gyre.yaml"))
          .forEach(file -> texts.add(Fixtures.file(file)));
    }
    for (String text : texts) {
      Manifest manifest = parse(text);
      String written = ManifestWriter.write(manifest);
      assertSame(manifest, written);
      assertThat(ManifestWriter.write(parse(written))).isEqualTo(written);
    }
  }

  @Test
  void itReadsAsIfSomebodyHadWrittenIt() {
    Manifest manifest =
        parse(
            """
            configs:
              page: { data: { index.html: "<h1>Hi</h1>\\n<p>$5</p>\\n" } }
            deployments:
              web:
                image: nginx:1.27
                replicas: 2
                environment: { GREETING: hello, PRICE: 5 $$, VAR: $$HOME }
                ports: []
                health_checks:
                  - { type: http, url: "http://localhost/", readiness: true, min_healthy_time: 1s }
                depends_on: [worker]
              worker:
                namespace: default
                process:
                  command: "exec ./worker --port $PORT"
                  working_dir: /srv/worker
            """);
    assertThat(ManifestWriter.write(manifest))
        .isEqualTo(
            """
            configs:
              page:
                data:
                  index.html: |
                    <h1>Hi</h1>
                    <p>$5</p>
            deployments:
              web:
                image: nginx:1.27
                replicas: 2
                environment:
                  GREETING: hello
                  PRICE: "5 $"
                  VAR: "$$HOME"
                health_checks:
                  - http: http://localhost/
                    readiness: true
                    min_healthy_time: 1s
                depends_on: [worker]
              worker:
                process:
                  command: "exec ./worker --port $PORT"
                  working_dir: /srv/worker
            """);
  }

  private static void assertSame(Manifest manifest, String text) {
    Manifest again = parse(text);
    assertThat(bare(again)).as(text).isEqualTo(bare(manifest));
  }

  /** Without where it was written, in the order of names. */
  private static Map<String, Object> bare(Manifest manifest) {
    Map<String, Object> all = new TreeMap<>();
    for (NamespaceDecl namespace : manifest.namespaces()) {
      if (!namespace.equals(new NamespaceDecl(DeploymentKey.DEFAULT_NAMESPACE))) {
        all.put("namespace " + namespace.name(), namespace.quota());
      }
    }
    manifest
        .configs()
        .forEach(
            one ->
                all.put(
                    one.namespace() + " c " + one.name(),
                    new ConfigDecl(
                        one.namespace(), one.name(), one.content(), one.labels(), "", 0)));
    for (DeploymentDecl one : manifest.deployments()) {
      all.put(
          "deployment " + one.key(),
          new DeploymentDecl(
              one.key(),
              one.replicas(),
              one.spec(),
              one.rollout(),
              one.dependencies(),
              "",
              0,
              one.job(),
              one.autoscale()));
    }
    return all;
  }

  private @Nullable RegistryAuth registryAuth() {
    String server = "registry.example.com:5000";
    return switch (random.nextInt(6)) {
      case 0 -> new RegistryAuth.HostLogin();
      case 1 -> new RegistryAuth.PullSecret("hub");
      case 2 -> new RegistryAuth.Login(server, "a$b", null, null);
      case 3 -> new RegistryAuth.Login(server, "7", "hub", null);
      case 4 -> new RegistryAuth.Login(server, "bob", "hub", "k");
      default -> null;
    };
  }

  private static Manifest parse(String text) {
    return new ManifestParser()
        .parse(
            List.of(new ManifestSource("m.yaml", text)),
            Map.of("REGISTRY_PASSWORD", "pw"),
            Fixtures.HOST);
  }

  private Manifest manifest() {
    List<NamespaceDecl> namespaces =
        List.of(
            new NamespaceDecl(
                "shop", new Quota(maybe(5L), maybe(0L), maybe(3L << 20), maybe(1500L))));
    List<ConfigDecl> configs =
        List.of(
            new ConfigDecl("shop", "files", content(), texts("label "), "", 0),
            new ConfigDecl(
                "default", "files", ConfigContent.of(Map.of("a", "b")), Map.of(), "", 0));
    List<DeploymentDecl> deployments = new ArrayList<>();
    deployments.add(worker(new DeploymentKey("shop", "box"), containerSpec(WorkloadKind.WORKER)));
    deployments.add(worker(new DeploymentKey("shop", "proc"), processSpec()));
    deployments.add(worker(new DeploymentKey("default", "box"), processSpec()));
    deployments.add(job(new DeploymentKey("shop", "job")));
    return new Manifest(namespaces, configs, deployments);
  }

  private ConfigContent content() {
    Map<String, String> texts = texts("k.");
    Map<String, String> templates = new TreeMap<>();
    if (random.nextBoolean()) {
      texts("k.").forEach((key, text) -> templates.put("t" + key, template(text)));
    }
    Map<String, String> binary = random.nextBoolean() ? Map.of() : Map.of("b", "AP8=");
    return new ConfigContent(texts, binary, templates);
  }

  private String template(String text) {
    String reference = random.nextBoolean() ? "${config.a-b.c.d}" : "${gyre.namespace}";
    return text.replace("$", "$$") + reference + "$$" + text.replace("$", "$$");
  }

  private DeploymentDecl worker(DeploymentKey key, DeploymentSpec spec) {
    boolean one = !spec.ports().isEmpty() || spec.network() == NetworkMode.HOST;
    boolean shared =
        spec.volumes().stream().anyMatch(v -> v.type() == VolumeMount.Type.VOLUME && !v.readOnly());
    Integer replicas = one || shared ? 1 : Integer.valueOf(random.nextInt(5));
    Autoscale autoscale = null;
    if (!one && spec.resources().cpuRequestMillis() != null && random.nextBoolean()) {
      autoscale =
          new Autoscale(
              1 + random.nextInt(2),
              3 + random.nextInt(3),
              70,
              null,
              duration(),
              duration(),
              random.nextInt(50),
              maybe(3));
      replicas = autoscale.replicas() == null ? autoscale.min() : autoscale.replicas();
    }
    return new DeploymentDecl(
        key, replicas, spec, rollout(), dependencies(), "", 0, null, autoscale);
  }

  private DeploymentDecl job(DeploymentKey key) {
    DeploymentSpec spec = containerSpec(WorkloadKind.JOB);
    JobSchedule schedule =
        random.nextBoolean()
            ? null
            : new JobSchedule(
                "*/5 * * * mon-fri",
                maybe("Europe/Berlin"),
                pick(JobSchedule.Concurrency.values()),
                Duration.ofSeconds(10 + random.nextInt(5000)),
                random.nextBoolean());
    JobPolicy policy =
        new JobPolicy(
            1 + random.nextInt(5),
            spec.ports().isEmpty() && spec.volumes().isEmpty() ? 1 + random.nextInt(3) : 1,
            random.nextInt(5),
            duration(),
            maybe(Duration.ofSeconds(5)),
            duration(),
            1 + random.nextInt(20),
            schedule);
    return new DeploymentDecl(key, 1, spec, RolloutPolicy.DEFAULT, List.of(), "", 0, policy, null);
  }

  private List<Dependency> dependencies() {
    return switch (random.nextInt(3)) {
      case 0 -> List.of();
      case 1 -> List.of(new Dependency("a", Dependency.Condition.READY));
      default ->
          List.of(
              new Dependency("a", pick(Dependency.Condition.values())),
              new Dependency("b", pick(Dependency.Condition.values())));
    };
  }

  private RolloutPolicy rollout() {
    RolloutPolicy.Strategy strategy = pick(RolloutPolicy.Strategy.values());
    boolean bounds = strategy != RolloutPolicy.Strategy.RECREATE && random.nextBoolean();
    RolloutPolicy usual = RolloutPolicy.DEFAULT;
    return new RolloutPolicy(
        strategy,
        bounds ? new RolloutPolicy.Amount(random.nextInt(100), true) : usual.maxSurge(),
        bounds ? new RolloutPolicy.Amount(1 + random.nextInt(9), false) : usual.maxUnavailable(),
        Duration.ofMillis(1000 + random.nextInt(100_000)),
        random.nextBoolean(),
        strategy == RolloutPolicy.Strategy.CANARY ? 1 + random.nextInt(5) : 1,
        duration());
  }

  private DeploymentSpec containerSpec(WorkloadKind kind) {
    List<VolumeMount> volumes = new ArrayList<>();
    boolean host = random.nextInt(4) == 0;
    if (random.nextBoolean()) {
      volumes.add(
          new VolumeMount(VolumeMount.Type.VOLUME, "data", null, "/data", random.nextBoolean()));
      volumes.add(
          new VolumeMount(VolumeMount.Type.BIND, "/srv/$x", null, "/srv x", random.nextBoolean()));
      volumes.add(new VolumeMount(VolumeMount.Type.CONFIG, "files", "k.0", "/k", true));
      volumes.add(new VolumeMount(VolumeMount.Type.SECRET, "s", maybe("key"), "/s", true));
    }
    boolean ports = !host && kind == WorkloadKind.WORKER && random.nextInt(3) == 0;
    return new DeploymentSpec(
        "docker",
        kind,
        new ContainerSpec(
            "registry.example.com:5000/a/b:1",
            random.nextBoolean() ? List.of() : List.of("run", nasty(), nasty()),
            pick(PullPolicy.values()),
            random.nextBoolean() ? null : random.nextBoolean() ? "7" : "7:8",
            random.nextBoolean(),
            registryAuth()),
        null,
        texts("N_"),
        volumes,
        ports
            ? List.of(
                new PortMapping(8080, 80, "0.0.0.0", PortMapping.Protocol.TCP),
                new PortMapping(53, 53, "::1", PortMapping.Protocol.UDP))
            : List.of(),
        texts("label "),
        new Resources(maybe(1500L), maybe(256L << 20), maybe(300L), maybe((8L << 20) + 1)),
        kind == WorkloadKind.JOB ? List.of() : checks(),
        host ? NetworkMode.HOST : NetworkMode.BRIDGE,
        contents(kind));
  }

  private Contents contents(WorkloadKind kind) {
    if (random.nextBoolean()) {
      return Contents.NONE;
    }
    Contents.OnChange action =
        kind == WorkloadKind.JOB
            ? maybe(Contents.OnChange.NONE)
            : maybe(pick(Contents.OnChange.ROLL, Contents.OnChange.NONE));
    return new Contents(
        action,
        null,
        Map.of(
            "C_A", new Contents.Entry(ContentRef.config("files"), "k.0"),
            "S_A", new Contents.Entry(ContentRef.secret("s"), maybe("key")),
            "S_B", new Contents.Entry(ContentRef.secret("s"), null)),
        List.of(
            new Contents.All(ContentRef.secret("s"), "P_"),
            new Contents.All(ContentRef.secret("t"), "")),
        Map.of());
  }

  private DeploymentSpec processSpec() {
    List<String> argv =
        random.nextBoolean()
            ? List.of("/bin/sh", "-c", "exec ./a --port $PORT ${PORT:-1} " + nasty())
            : List.of("./a", nasty(), nasty());
    return new DeploymentSpec(
        "process",
        WorkloadKind.WORKER,
        null,
        new ProcessSpec(
            argv, maybe("/srv/a b"), maybe("1000:1000"), pick("TERM", "INT"), duration()),
        texts("N_"),
        List.of(),
        List.of(),
        Map.of(),
        new Resources(maybe(2000L), null, maybe(300L), null),
        checks(),
        NetworkMode.BRIDGE);
  }

  private List<HealthCheck> checks() {
    List<HealthCheck> checks = new ArrayList<>();
    for (HealthCheck.Probe probe :
        List.of(
            new HealthCheck.Probe.Tcp(80),
            new HealthCheck.Probe.Http(
                "http://localhost:8080/a?b=$c",
                pick("GET", "HEAD"),
                random.nextBoolean() ? Map.of() : Map.of("X-A", "$b: c"),
                pick("200-299", "204")),
            new HealthCheck.Probe.Command(List.of("test", "-f", nasty())))) {
      boolean readiness = random.nextBoolean();
      checks.add(
          new HealthCheck(
              probe,
              Duration.ofMillis(10 + random.nextInt(100_000)),
              Duration.ofMillis(10 + random.nextInt(10_000)),
              1 + random.nextInt(5),
              pick(HealthCheck.OnFailure.values()),
              readiness,
              duration(),
              duration(),
              1 + random.nextInt(2),
              !readiness && random.nextBoolean()));
    }
    return checks;
  }

  private Map<String, String> texts(String prefix) {
    Map<String, String> texts = new TreeMap<>();
    String before = prefix.equals("k.") || prefix.equals("N_") ? prefix : prefix + "$x: ";
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      texts.put(before.replace(' ', '-') + i, nasty());
    }
    return texts;
  }

  private String nasty() {
    return pick(NASTY.toArray(String[]::new));
  }

  private Duration duration() {
    return Duration.ofMillis(random.nextInt(3) * 500L + random.nextInt(3) * 61_000L);
  }

  @SafeVarargs
  private <T> T pick(T... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> @Nullable T maybe(T value) {
    return random.nextBoolean() ? value : null;
  }
}
