package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Inputs made to break a parser, in a JVM of 48 MB: each is refused in words and in time. */
final class HostileInputTest {
  private static final int SLOWEST_MS = 2_000;

  @Test
  @Timeout(100)
  void refusedInLittleMemoryAndTime(@TempDir Path directory) throws Exception {
    Path output = directory.resolve("out");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(child.waitFor(90, TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      child.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output);
    assertThat(child.exitValue()).as(() -> String.join("\n", lines)).isZero();
    assertThat(lines).hasSize(Child.inputs().size());
  }

  /** Prints a line per input: its name, the milliseconds of CPU and the first message. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      boolean wrong = false;
      var threads = ManagementFactory.getThreadMXBean();
      for (var input : inputs().entrySet()) {
        String text = input.getValue().text();
        Map<String, String> variables = Map.of("BIG", "x".repeat(100_000));
        long start = threads.getCurrentThreadCpuTime();
        String outcome;
        try {
          Manifest manifest =
              new ManifestParser()
                  .parse(List.of(new ManifestSource("m", text)), variables, Fixtures.HOST);
          outcome = manifest.deployments().size() + " deployments accepted";
          wrong |= !input.getKey().startsWith("fine");
        } catch (GyreException e) {
          outcome = e.violations().getFirst().text();
          wrong |= e.kind() != ErrorKind.INVALID || input.getKey().startsWith("fine");
          wrong |= outcome.length() > 500;
        } catch (Throwable e) {
          outcome = e.toString();
          wrong = true;
        }
        long millis = (threads.getCurrentThreadCpuTime() - start) / 1_000_000;
        wrong |= millis > SLOWEST_MS;
        System.out.println(input.getKey() + ": " + millis + " ms: " + outcome);
      }
      System.exit(wrong ? 1 : 0);
    }

    interface Input {
      String text();
    }

    static Map<String, Input> inputs() {
      Map<String, Input> all = new LinkedHashMap<>();
      all.put("10 MB", () -> "deployments: " + "x".repeat(10 << 20));
      all.put("3 MB of one text", () -> "deployments: {web: " + "x".repeat(3_000_000) + "}");
      all.put("3 MB of numbers", () -> "x-a: [" + "1,".repeat(1_500_000) + "1]");
      all.put("3 MB of dashes", () -> "x-a:\n" + "- ".repeat(1_500_000));
      all.put("3 MB of brackets", () -> "[".repeat(3_000_000));
      all.put("3 MB of braces", () -> "{a: ".repeat(700_000));
      all.put("3 MB of question marks", () -> "? ".repeat(1_500_000));
      all.put("3 MB of quotes", () -> "'".repeat(3_000_000));
      all.put("3 MB of new lines", () -> "\n".repeat(3_000_000));
      all.put("3 MB of documents", () -> "--- 1\n".repeat(500_000));
      all.put("3 MB of anchors", () -> "x-a: [" + "&a ,".repeat(700_000) + "]");
      all.put("3 MB of comments", () -> "#\n".repeat(1_500_000));
      all.put("3 MB of dollars", () -> web("environment: {A: '" + "${".repeat(1_400_000) + "'}"));
      all.put("3 MB of variables", () -> web("environment: {A: '" + "$BIG".repeat(700_000) + "'}"));
      all.put("3 MB of unset variables", () -> web("labels: {A: '" + "$b ".repeat(900_000) + "'}"));
      all.put("nested defaults", () -> web("labels: {A: '" + "${b:-".repeat(500_000) + "'}"));
      all.put(
          "deep by indentation",
          () ->
              IntStream.range(0, 1_500)
                  .mapToObj(i -> " ".repeat(i) + "a:\n")
                  .collect(Collectors.joining()));
      all.put("100k keys", () -> "deployments:\n" + keys(100_000, "  k%d: {image: a}\n"));
      all.put("100k unknown keys", () -> "deployments:\n  w:\n" + keys(49_000, "    k%d: 1\n"));
      all.put("100k keys at the top", () -> keys(49_000, "k%d: 1\n"));
      all.put("one key over and over", () -> "deployments:\n" + "  a: 1\n".repeat(49_000));
      all.put(
          "keys of one hash",
          () ->
              web(
                  "labels: {"
                      + IntStream.range(0, 16_384)
                          .mapToObj(i -> hashed(i) + ": [a]")
                          .collect(Collectors.joining(", "))
                      + "}"));
      all.put("laughs", Child::laughs);
      all.put("merged laughs", Child::mergedLaughs);
      all.put("alias to itself", () -> "&a [*a]");
      all.put("long key", () -> "deployments:\n  ? " + "k".repeat(2_000_000) + "\n  : {image: a}");
      all.put("long name", () -> web("name: " + "n".repeat(2_000_000)));
      all.put("long image", () -> "deployments: {a: {image: " + "a/".repeat(1_000_000) + "}}");
      all.put("long number", () -> web("replicas: " + "1".repeat(2_000_000)));
      all.put(
          "long memory", () -> web("resources: {limits: {memory: " + "1".repeat(1 << 21) + "}}"));
      all.put(
          "long duration",
          () -> web("health_checks: [{tcp: 1, interval: " + "1h".repeat(1 << 20) + "}]"));
      all.put("long address", () -> web("ports: ['" + "1".repeat(1 << 21) + ":80:80']"));
      all.put(
          "long url", () -> web("health_checks: [{http: 'http://" + "a.".repeat(1 << 20) + "'}]"));
      all.put(
          "long line to split",
          () -> web("health_checks: [{command: \"" + "'a' ".repeat(500_000) + "'\"}]"));
      all.put(
          "many ports",
          () ->
              web(
                  "ports: ["
                      + IntStream.range(0, 30_000)
                          .mapToObj(i -> "'127." + (i >> 8) + "." + (i & 255) + ".1:80:80'")
                          .collect(Collectors.joining(", "))
                      + ", '80:80']"));
      all.put("nulls", () -> "\0".repeat(1_000_000));
      all.put("not UTF-8", () -> "deployments: \uFFFD");
      all.put("half a pair", () -> "deployments: \ud83d");
      all.put("bad escape", () -> "deployments: \"\\Uffffffff\"");
      all.put("bad directive", () -> "%YAML 9.9\n---\na: b");
      all.put(
          "fine: 1000 deployments",
          () ->
              "deployments:\n"
                  + keys(
                      1_000,
                      """
            web%d:
              image: nginx
              environment: {A: b, C: d, E: f}
              labels: {a: b}
              resources: {limits: {cpu: 1, memory: 64Mi}}
              health_checks: [{http: "http://localhost/", readiness: true}]
          """));
      return all;
    }

    private static String web(String field) {
      return "deployments: {web: {image: a, " + field + "}}";
    }

    private static String keys(int count, String line) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < count; i++) {
        text.append(line.formatted(i));
      }
      return text.toString();
    }

    /** Texts of the same hash code: Aa and BB have one. */
    private static String hashed(int number) {
      StringBuilder text = new StringBuilder();
      for (int bit = 0; bit < 14; bit++) {
        text.append((number >> bit & 1) == 0 ? "Aa" : "BB");
      }
      return text.toString();
    }

    private static String laughs() {
      StringBuilder text = new StringBuilder("x-0: &l0 [lol, lol, lol, lol]\n");
      for (int i = 1; i < 40; i++) {
        String alias = "*l" + (i - 1);
        text.append("x-%d: &l%d [%s]\n".formatted(i, i, (alias + ", ").repeat(9) + alias));
      }
      return text + "deployments: {web: {image: a, labels: *l39}}";
    }

    private static String mergedLaughs() {
      StringBuilder text = new StringBuilder("x-0: &l0 {a: b}\n");
      for (int i = 1; i < 40; i++) {
        String alias = "*l" + (i - 1);
        text.append(
            "x-%d: &l%d {<<: [%s], k%d: %s}\n".formatted(i, i, alias + ", " + alias, i, alias));
      }
      return text + "deployments: {web: *l39}";
    }
  }
}
