package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import io.gyre.model.HealthCheck.Probe;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.PortMapping.Protocol;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Resources;
import io.gyre.model.Violation;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ManifestParserTest {
  private static final Map<String, String> VARIABLES = Map.of("GREETING", "hi", "N", "2");

  @Test
  void everyFieldOfAContainer() {
    Manifest manifest = Fixtures.parse(Fixtures.resource("full.yaml"), VARIABLES);
    DeploymentDecl web = manifest.deployments().getFirst();
    assertThat(web.key()).isEqualTo(new DeploymentKey("shop", "web"));
    assertThat(web.replicas()).isEqualTo(1);
    assertThat(web.file()).isEqualTo("m.yaml");
    assertThat(web.line()).isEqualTo(26);
    DeploymentSpec spec = web.spec();
    assertThat(spec.runtime()).isEqualTo("docker");
    assertThat(spec.kind()).isEqualTo(WorkloadKind.WORKER);
    assertThat(spec.process()).isNull();
    assertThat(spec.container())
        .isEqualTo(
            new ContainerSpec(
                "registry.example.com:5000/shop/web:1.4.2",
                List.of("httpd", "-f", "-p", "8080"),
                PullPolicy.ALWAYS,
                "1000:1000",
                false,
                new RegistryAuth.Login("registry.example.com:5000", "shop", null, null)));
    assertThat(Objects.requireNonNull(web.registryPassword()).value()).isEqualTo("hi");
    assertThat(manifest.toString()).doesNotContain("value=hi");
    assertThat(spec.environment())
        .containsExactly(
            Map.entry("DEBUG", "false"),
            Map.entry("GREETING", "hi, ${NAME}"),
            Map.entry("LEVEL", "info"),
            Map.entry("RATIO", "1.10"),
            Map.entry("WORKERS", "4"));
    assertThat(spec.volumes())
        .containsExactly(
            new VolumeMount(VolumeMount.Type.BIND, "/srv/www", null, "/www", true),
            new VolumeMount(VolumeMount.Type.VOLUME, "cache", null, "/cache", false),
            new VolumeMount(VolumeMount.Type.VOLUME, "data", null, "/data", false),
            new VolumeMount(
                VolumeMount.Type.CONFIG, "web-files", "index.html", "/www/index.html", true));
    assertThat(spec.ports())
        .containsExactly(
            new PortMapping(8080, 80, "0.0.0.0", Protocol.TCP),
            new PortMapping(5353, 53, "127.0.0.1", Protocol.UDP),
            new PortMapping(9000, 9000, "127.0.0.1", Protocol.TCP),
            new PortMapping(9000, 9000, "::1", Protocol.TCP),
            new PortMapping(22, 22, "0.0.0.0", Protocol.TCP));
    assertThat(spec.labels())
        .containsOnly(Map.entry("tier", "front"), Map.entry("traefik.enable", "true"));
    assertThat(spec.resources()).isEqualTo(new Resources(500L, 256L << 20, 250L, 128L << 20));
    assertThat(spec.healthChecks())
        .containsExactly(
            new HealthCheck(
                new Probe.Http(
                    "http://localhost:80/healthz",
                    "HEAD",
                    Map.of("Host", "example.org", "X-Probe", "1"),
                    "200-299,401"),
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                2,
                OnFailure.RESTART,
                true,
                Duration.ofSeconds(3),
                Duration.ofSeconds(90),
                2,
                false),
            new HealthCheck(
                new Probe.Tcp(80),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                3,
                OnFailure.ALERT,
                false,
                Duration.ZERO,
                Duration.ZERO,
                1,
                true),
            new HealthCheck(
                new Probe.Command(List.of("test", "-f", "/www/index file")),
                Duration.ofMinutes(1),
                Duration.ofSeconds(5),
                3,
                OnFailure.RESTART,
                false,
                Duration.ZERO,
                Duration.ZERO));
    assertThat(spec.network()).isEqualTo(NetworkMode.BRIDGE);
  }

  @Test
  void everyFieldOfAProcess() {
    Manifest manifest = Fixtures.parse(Fixtures.resource("full.yaml"), VARIABLES);
    DeploymentDecl clock = manifest.deployments().getLast();
    assertThat(clock.key()).isEqualTo(new DeploymentKey("default", "clock"));
    assertThat(clock.replicas()).isEqualTo(2);
    DeploymentSpec spec = clock.spec();
    assertThat(spec.runtime()).isEqualTo("process");
    assertThat(spec.container()).isNull();
    assertThat(spec.process())
        .isEqualTo(
            new ProcessSpec(
                List.of("/bin/sh", "-c", "exec clock --port $PORT --name \"clock\""),
                "/srv",
                "1000:1000",
                "INT",
                Duration.ofSeconds(90)));
    assertThat(spec.environment()).containsOnly(Map.entry("A", "1"), Map.entry("B", "x=y"));
    assertThat(spec.healthChecks())
        .extracting(HealthCheck::probe)
        .containsExactly(
            new Probe.Tcp(0),
            new Probe.Http("http://localhost/"),
            new Probe.Command(List.of("sh", "-c", "nc -z localhost $PORT")));
    HealthCheck readiness = spec.healthChecks().get(1);
    assertThat(readiness.onFailure()).isEqualTo(OnFailure.ALERT);
    assertThat(readiness.minHealthyTime()).isEqualTo(Duration.ofSeconds(10));
    assertThat(spec.healthChecks().get(0).onFailure()).isEqualTo(OnFailure.RESTART);
  }

  @Test
  void namespacesAndConfigs() {
    Manifest manifest = Fixtures.parse(Fixtures.resource("full.yaml"), VARIABLES);
    assertThat(manifest.namespaces())
        .containsExactly(new NamespaceDecl("shop"), new NamespaceDecl("lab"));
    assertThat(manifest.configs())
        .extracting(ConfigDecl::name)
        .containsExactly("web-files", "other");
    assertThat(manifest.configs().get(0).content().texts())
        .containsOnly(Map.entry("index.html", "<h1>hi</h1>"), Map.entry("port", "8080"));
    assertThat(manifest.configs().get(1).content().texts())
        .containsOnly(Map.entry("motd", "it costs $5 and $GREETING"));
    assertThat(manifest.configs().get(1).labels()).containsOnly(Map.entry("kind", "text"));
  }

  @Test
  void aVariableCannotChangeTheShapeOfInlineData() {
    Manifest manifest =
        Fixtures.parse(
            "configs: {a: {data: '{\"k\": \"$V\"}'}, b: {data: $WHOLE}}",
            Map.of("V", "\", \"other\": \"", "WHOLE", "{\"x\": \"$V\"}"));
    assertThat(manifest.configs().get(0).content().texts())
        .containsOnly(Map.entry("k", "\", \"other\": \""));
    assertThat(manifest.configs().get(1).content().texts()).containsOnly(Map.entry("x", "$V"));
  }

  @Test
  void defaults() {
    DeploymentDecl web = Fixtures.one("deployments: {web: {image: nginx}}");
    assertThat(web.key()).isEqualTo(new DeploymentKey("default", "web"));
    assertThat(web.replicas()).isEqualTo(1);
    assertThat(web.spec().runtime()).isEqualTo("docker");
    assertThat(web.spec().container())
        .isEqualTo(new ContainerSpec("nginx", List.of(), PullPolicy.IF_NOT_PRESENT, null, false));
    assertThat(web.spec().resources()).isEqualTo(Resources.NONE);
    DeploymentDecl job = Fixtures.one("deployments: {job: {command: 'exec a'}}");
    assertThat(job.spec().runtime()).isEqualTo("process");
    assertThat(job.spec().process())
        .isEqualTo(
            new ProcessSpec(
                List.of("/bin/sh", "-c", "exec a"), null, null, "TERM", Duration.ofSeconds(10)));
  }

  @Test
  void waysToWriteACommand() {
    assertThat(argv("command: 'a b; c'")).containsExactly("/bin/sh", "-c", "a b; c");
    assertThat(argv("command: a b, args: [c d, 1]")).containsExactly("a b", "c d", "1");
    assertThat(argv("command: a, args: []")).containsExactly("a");
    assertThat(argv("command: [a, true, 0x10]")).containsExactly("a", "true", "0x10");
    assertThat(argv("command: [a], args: [b]")).containsExactly("a", "b");
    assertThat(argv("command: [/bin/bash, -c, 'b $PORT']"))
        .containsExactly("/bin/bash", "-c", "b $PORT");
    assertThat(argv("command: [a, $$PORT]")).containsExactly("a", "$PORT");
  }

  private static List<String> argv(String fields) {
    ProcessSpec process =
        Fixtures.one("deployments: {job: {process: {" + fields + "}}}").spec().process();
    return process == null ? List.of() : process.argv();
  }

  @Test
  void portIsNeverAVariableOfWhatAProcessRuns() {
    Manifest manifest =
        Fixtures.parse(
            "deployments: {a: {command: 'x $PORT ${PORT} $A'}}", Map.of("PORT", "1", "A", "2"));
    ProcessSpec process =
        Objects.requireNonNull(manifest.deployments().getFirst().spec().process());
    assertThat(process.argv()).last().isEqualTo("x $PORT ${PORT} 2");
  }

  @Test
  void aProcessOnTheNetworkOfTheHostIsNothingSpecial() {
    String text = "deployments: {a: {command: b, replicas: 3%s}}";
    assertThat(Fixtures.one(text.formatted(", network: {mode: host}")).spec())
        .isEqualTo(Fixtures.one(text.formatted("")).spec());
  }

  @Test
  void jsonWithTabsAndEscapes() {
    DeploymentDecl web =
        Fixtures.one(
            "{\n\t\"deployments\": {\t\"web\":\n\t\t{\"image\":\"a\\/b\",\"environment\":"
                + " {\"A\": \"\\ud83d\\ude00 \\u00e9\\t\\\"\", \"B\":true}}\n\t}\n}\n");
    assertThat(web.spec().environment())
        .containsOnly(Map.entry("A", "😀 é\t\""), Map.entry("B", "true"));
    assertThat(web.line()).isEqualTo(2);
  }

  @Test
  void byteOrderMarkAndCarriageReturns() {
    assertThat(Fixtures.one("\uFEFFdeployments:\r\n  web:\r\n    image: a\r\n").line())
        .isEqualTo(2);
    assertThat(Fixtures.problems("a: 1\rb: \u0001"))
        .containsExactly(
            "m.yaml:2:4: the character U+0001 is not allowed; write it as an escape inside double"
                + " quotes");
  }

  @Test
  void mergesDoNotReplaceWhatIsWritten() {
    Manifest manifest =
        Fixtures.parse(
            """
            x-a: &a {replicas: 3, labels: {a: b}}
            x-b: &b {replicas: 4, kind: worker, environment: {X: y}}
            deployments:
              one: {<<: [*a, *b], image: a}
              two: {image: a, replicas: 5, <<: *a}
            """);
    assertThat(manifest.deployments()).extracting(DeploymentDecl::replicas).containsExactly(3, 5);
    assertThat(manifest.deployments().getFirst().spec().environment()).containsKey("X");
  }

  @Test
  void problemsOfAllSourcesInTheirOrder() {
    List<Violation> violations =
        Fixtures.violations(
            List.of(
                new ManifestSource("b.yaml", "deployments:\n  web: {image: a, replica: 1}\n"),
                new ManifestSource("a.yaml", "deployments: [\n"),
                new ManifestSource(
                    "c.json", "{\"deployments\": {\"web\": {\"image\": \"A\"}, \"x\": 1}}")),
            Map.of(),
            Fixtures.HOST);
    assertThat(violations)
        .extracting(Violation::text)
        .containsExactly(
            "b.yaml:2:19: deployments.web.replica: unknown key; did you mean \"replicas\"?",
            "a.yaml:2:1: deployments[0]: not valid YAML or JSON: expected the node content,"
                + " but found '<stream end>' while parsing a flow node",
            "c.json:1:18: deployments.web: the deployment default/web is already declared at"
                + " b.yaml:2",
            "c.json:1:35: deployments.web.image: \"A\" has capitals in its name; images are named in"
                + " lower case",
            "c.json:1:46: deployments.x: expected a map, found the number 1");
  }

  @Test
  void aHostThatIsNotUpYetHasWhatGyreBrings() {
    String text = "deployments: {a: {image: a}, b: {command: c}, d: {image: a, runtime: box}}";
    assertThat(
            Fixtures.violations(List.of(new ManifestSource("m", text)), Map.of(), Fixtures.UNKNOWN))
        .extracting(Violation::text)
        .containsExactly(
            "m:1:70: deployments.d.runtime: this host has no runtime \"box\"; it has docker,"
                + " process");
    String ports = "deployments: {b: {command: c, ports: ['80:80']}}";
    assertThat(
            Fixtures.violations(
                List.of(new ManifestSource("m", ports)), Map.of(), Fixtures.UNKNOWN))
        .extracting(Violation::code)
        .containsExactly("deployment.ports.runtime_unsupported");
  }

  @Test
  void anImageOnAHostWithoutDocker() {
    assertThat(
            Fixtures.violations(
                List.of(new ManifestSource("m", "deployments: {a: {image: a}}")),
                Map.of(),
                Fixtures.catalog(Map.of("process", Set.of("PROCESS")))))
        .extracting(Violation::text)
        .containsExactly(
            "m:1:26: deployments.a.image: this needs the runtime \"docker\", which this host doesn't"
                + " have; it has process");
  }

  @Test
  void aRuntimeThatIsNotThereCanBeAdded() {
    RuntimeCatalog catalog =
        new RuntimeCatalog() {
          @Override
          public Optional<Set<String>> capabilities(String runtime) {
            return Optional.empty();
          }

          @Override
          public Set<String> names() {
            return Set.of("process", "docker");
          }

          @Override
          public String remedy() {
            return "drop its jar into /plugins";
          }
        };
    String text = "deployments: {a: {runtime: box, command: c}, b: {runtime: dokcer, command: c}}";
    assertThat(Fixtures.violations(List.of(new ManifestSource("m", text)), Map.of(), catalog))
        .extracting(Violation::message)
        .containsExactly(
            "this host has no runtime \"box\"; it has docker, process; drop its jar into /plugins",
            "this host has no runtime \"dokcer\"; it has docker, process; did you mean"
                + " \"docker\"?");
  }

  @Test
  void tooManyProblemsAreCounted() {
    StringBuilder text = new StringBuilder("deployments:\n  web:\n    image: a\n");
    for (int i = 0; i < 2_000; i++) {
      text.append("    k").append(i).append(": 1\n");
    }
    List<Violation> violations = Fixtures.violations(text.toString());
    assertThat(violations).hasSize(Problems.KEPT + 1);
    assertThat(violations.getLast().message()).isEqualTo("1500 more problems are not listed");
  }

  @Test
  void noSourceAtAll() {
    assertThat(Fixtures.violations(List.of(), Map.of(), Fixtures.HOST))
        .extracting(Violation::message)
        .containsExactly("no manifest is given");
  }
}
