package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Violation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How single values are written: durations, amounts, command lines, images, signals, addresses. */
final class NotationsTest {
  @ParameterizedTest
  @CsvSource({
    "500ms, 500",
    "10s, 10000",
    "1m30s, 90000",
    "1.5h, 5400000",
    "1h1m1s1ms, 3661001",
    "0s, 0",
    "0.5ms, 1",
    "1.5s, 1500",
    "90s, 90000"
  })
  void durations(String text, long millis) {
    Duration duration = Durations.parse(text);
    assertThat(duration).isEqualTo(Duration.ofMillis(millis));
    assertThat(Durations.parse(Durations.show(Duration.ofMillis(millis)))).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1", "s", "1 s", "-1s", "1d", "1s1m", "1s1s", "1.s", ".5s", "1e3s", "١s"})
  void noDurations(String text) {
    assertThat(Durations.parse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "500m, 500",
    "0.5, 500",
    "2, 2000",
    ".5, 500",
    "1.0005, 1000",
    "1m, 1",
    "1500.9m, 1500",
    "10000, 10000000"
  })
  void cpu(String text, long millis) {
    assertThat(limits("cpu: " + text).cpuLimitMillis()).isEqualTo(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "1048576, 1048576",
    "1Mi, 1048576",
    "1.5Gi, 1610612736",
    "2M, 2000000",
    "2000K, 2000000",
    "2000k, 2000000",
    "1Ti, 1099511627776",
    "1T, 1000000000000",
    "1G, 1000000000",
    "1024.5Ki, 1049088",
    "1048576Ti, 1152921504606846976"
  })
  void memory(String text, long bytes) {
    assertThat(limits("memory: " + text).memoryLimitBytes()).isEqualTo(bytes);
  }

  private static io.gyre.model.Resources limits(String limit) {
    return Fixtures.one("deployments: {a: {image: a, resources: {limits: {" + limit + "}}}}")
        .spec()
        .resources();
  }

  @Test
  void shellWords() {
    assertThat(ShellWords.split(" a  'b c'\\ d \"e \\\"f\\\" \\n $g\" '' \\\n h"))
        .contains(List.of("a", "b c d", "e \"f\" \\n $g", "", "h"));
    assertThat(ShellWords.split("")).contains(List.of());
    assertThat(ShellWords.split("a 'b")).isEmpty();
    assertThat(ShellWords.split("a \"b")).isEmpty();
    assertThat(ShellWords.split("a \\")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nginx",
        "nginx:1.27",
        "library/nginx:latest",
        "ghcr.io/a/b_c/d--e/f.g:V1",
        "localhost/x",
        "localhost:5000/x:y",
        "[::1]:5000/x",
        "Host.Example/x",
        "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "a:b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      })
  void images(String text) {
    assertThat(ImageReference.problem(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "A",
        "a/",
        "/a",
        "a//b",
        "a:",
        ":a",
        "a:b:c",
        "a@b",
        "a@sha256:12",
        "-a",
        "a-",
        "a___b",
        "https://a/b",
        "a:-b",
        "ä",
        "-host/a",
        "a/.b"
      })
  void noImages(String text) {
    assertThat(ImageReference.problem(text)).isPresent();
  }

  @Test
  void signals() {
    assertThat(Signals.parse("15")).contains("TERM");
    assertThat(Signals.parse("SIGTERM")).contains("TERM");
    assertThat(Signals.parse("sigusr2")).contains("USR2");
    assertThat(Signals.parse("Int")).contains("INT");
    assertThat(Signals.parse("9")).contains("KILL");
    assertThat(Signals.parse("31")).contains("SYS");
    assertThat(Signals.parse("0")).isEmpty();
    assertThat(Signals.parse("32")).isEmpty();
    assertThat(Signals.parse("SIG")).isEmpty();
    assertThat(Signals.parse("SIGSIGTERM")).isEmpty();
    assertThat(Signals.canStop("CONT")).isFalse();
    assertThat(Signals.canStop("KILL")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "0.0.0.0, 0.0.0.0",
    "::, ::",
    "0:0:0:0:0:0:0:0, ::",
    "::1, ::1",
    "fe80::0:1, fe80::1",
    "2001:db8:0:0:1:0:0:0, 2001:db8:0:0:1::",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8"
  })
  void addresses(String text, String shortest) {
    assertThat(PortDecoder.address(text)).contains(shortest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2.3",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.4.5",
        "localhost",
        ":",
        "fe80::1%eth0",
        "1:2"
      })
  void noAddresses(String text) {
    assertThat(PortDecoder.address(text)).isEmpty();
  }

  @Test
  void suggestions() {
    List<String> words = List.of("replicas", "name", "namespace", "image", "ports");
    assertThat(Suggestion.of("replica", words)).contains("replicas");
    assertThat(Suggestion.of("relpicas", words)).contains("replicas");
    assertThat(Suggestion.of("NAME", words)).contains("name");
    assertThat(Suggestion.of("name-space", words)).contains("namespace");
    assertThat(Suggestion.of("xyz", words)).isEmpty();
    assertThat(Suggestion.of("x", words)).isEmpty();
    assertThat(Suggestion.distance("ab", "ba")).isEqualTo(1);
    assertThat(Suggestion.distance("", "abc")).isEqualTo(3);
  }

  @Test
  void replicaRules() {
    String text = "deployments: {a: {image: a, %s}}";
    assertThat(replicas(text.formatted("ports: ['80:80']"), 2))
        .containsExactly("deployment.replicas.ports_conflict");
    assertThat(replicas(text.formatted("network: {mode: host}"), 2))
        .containsExactly("deployment.replicas.host_network_conflict");
    assertThat(replicas(text.formatted("volumes: [{type: volume, source: a, destination: /a}]"), 2))
        .containsExactly("deployment.replicas.shared_rw_volume");
    assertThat(replicas(text.formatted("ports: ['80:80']"), 1)).isEmpty();
    assertThat(replicas(text.formatted("labels: []"), 1000)).isEmpty();
    assertThat(replicas(text.formatted("labels: []"), 1001))
        .containsExactly("deployment.replicas.out_of_range");
    assertThat(replicas(text.formatted("labels: []"), -1))
        .containsExactly("deployment.replicas.out_of_range");
  }

  private static List<String> replicas(String manifest, int count) {
    return ReplicaRules.check(Fixtures.one(manifest).spec(), count).stream()
        .map(Violation::code)
        .toList();
  }
}
