package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.DeploymentSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SpecDiffTest {
  @Test
  void equalSpecsDoNotDiffer() {
    DeploymentSpec spec = full("web");
    assertThat(SpecDiff.between(spec, full("web"))).isEmpty();
    assertThat(SpecDiff.between(full("clock"), full("clock"))).isEmpty();
  }

  @Test
  void everythingOfANewDeployment() {
    assertThat(shown(null, full("clock")))
        .containsExactly(
            "runtime: null -> process",
            "kind: null -> worker",
            "process.command: null -> exec clock --port $PORT --name \"clock\"",
            "process.working_dir: null -> /srv",
            "process.user: null -> 1000:1000",
            "process.stop_signal: null -> INT",
            "process.stop_grace: null -> 1m30s",
            "health_checks[0]: null -> tcp PORT",
            "health_checks[0].interval: null -> 10s",
            "health_checks[0].timeout: null -> 5s",
            "health_checks[0].threshold: null -> 3",
            "health_checks[0].on_failure: null -> restart",
            "health_checks[0].readiness: null -> false",
            "health_checks[0].min_healthy_time: null -> 0s",
            "health_checks[0].start_period: null -> 0s",
            "health_checks[1]: null -> http http://localhost/",
            "health_checks[1].interval: null -> 10s",
            "health_checks[1].timeout: null -> 5s",
            "health_checks[1].threshold: null -> 3",
            "health_checks[1].on_failure: null -> alert",
            "health_checks[1].readiness: null -> true",
            "health_checks[1].min_healthy_time: null -> 10s",
            "health_checks[1].start_period: null -> 0s",
            "health_checks[2]: null -> command [\"sh\", \"-c\", \"nc -z localhost $PORT\"]",
            "health_checks[2].interval: null -> 10s",
            "health_checks[2].timeout: null -> 5s",
            "health_checks[2].threshold: null -> 3",
            "health_checks[2].on_failure: null -> restart",
            "health_checks[2].readiness: null -> false",
            "health_checks[2].min_healthy_time: null -> 0s",
            "health_checks[2].start_period: null -> 0s",
            "environment.A: null -> (set)",
            "environment.B: null -> (set)");
  }

  @Test
  void everyFieldShowsWhenItChanges() {
    assertThat(
            shown(
                container("image: a:1"),
                container(
                    """
                    image: a:2
                    command: [b, 'c "d"']
                    config: {image_pull_policy: Never, user: {id: 1, privileged: true}}
                    volumes: [{type: volume, source: v, destination: /d, permission: ro}]
                    ports: ['80:8080/udp', '[::1]:80:8080']
                    labels: {a.b: c}
                    resources: {limits: {cpu: 1500m, memory: 1Gi}, requests: {cpu: 1, memory: 1000000000}}
                    network: {mode: bridge}
                    """)))
        .containsExactly(
            "image: a:1 -> a:2",
            "command: null -> [\"b\", \"c \\\"d\\\"\"]",
            "config.image_pull_policy: IfNotPresent -> Never",
            "config.user: null -> 1",
            "config.user.privileged: null -> true",
            "volumes[\"/d\"]: null -> volume v ro",
            "ports[0.0.0.0:80/udp]: null -> 8080",
            "ports[[::1]:80/tcp]: null -> 8080",
            "labels[\"a.b\"]: null -> c",
            "resources.limits.cpu: null -> 1500m",
            "resources.limits.memory: null -> 1Gi",
            "resources.requests.cpu: null -> 1",
            "resources.requests.memory: null -> 1000000000");
    assertThat(shown(container("image: a"), container("image: a\nnetwork: {mode: host}")))
        .containsExactly("network.mode: null -> host");
  }

  @Test
  void environmentValuesAreNeverShown() {
    DeploymentSpec before =
        container(
            "image: a\nenvironment: {KEPT: topsecret1, CHANGED: topsecret2, GONE: topsecret3}");
    DeploymentSpec after =
        container(
            "image: a\nenvironment: {KEPT: topsecret1, CHANGED: topsecret4, NEW: topsecret5}");
    assertThat(shown(before, after))
        .containsExactly(
            "environment.CHANGED: (set) -> (changed)",
            "environment.GONE: (set) -> null",
            "environment.NEW: null -> (set)");
  }

  @Test
  void longTextsAreShownWhereTheyDiffer() {
    String start = "x".repeat(1_000);
    List<FieldChange> changes =
        SpecDiff.between(
            container("command: '" + start + "one'"), container("command: '" + start + "two'"));
    assertThat(changes)
        .containsExactly(
            new FieldChange(
                "process.command", "…" + "x".repeat(20) + "one", "…" + "x".repeat(20) + "two"));
    assertThat(shown(container("command: \"a\\nb\""), container("command: a")))
        .containsExactly("process.command: a\\nb -> a");
  }

  private static List<String> shown(
      @org.jspecify.annotations.Nullable DeploymentSpec from, DeploymentSpec to) {
    return SpecDiff.between(from, to).stream()
        .map(change -> change.path() + ": " + change.from() + " -> " + change.to())
        .toList();
  }

  private static DeploymentSpec container(String fields) {
    return Fixtures.one("deployments:\n  web:\n" + fields.indent(4)).spec();
  }

  private static DeploymentSpec full(String name) {
    return Fixtures.parse(Fixtures.resource("full.yaml"), Map.of("GREETING", "hi", "N", "2"))
        .deployments()
        .stream()
        .filter(deployment -> deployment.key().name().equals(name))
        .findFirst()
        .orElseThrow()
        .spec();
  }
}
