package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Runtime plugins replaced under a running workload, as an operator does it. */
@Timeout(300)
final class PluginSystemTest {
  private static final int LINES = 20_000;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private Gyre gyre;
  private Path key;

  @BeforeEach
  void start() throws Exception {
    gyre = new Gyre(directory.resolve("home"), "");
    key = directory.resolve("key");
    String trusted = gyre.run("plugin", "keygen", "--out", key.toString()).ok().out().strip();
    Files.writeString(
        gyre.home.resolve("gyre.yaml"),
        "runtime: { require_signed: true, trusted_keys: [ \"" + trusted + "\" ] }\n",
        StandardOpenOption.APPEND);
    gyre.up();
  }

  @AfterEach
  void stop() throws Exception {
    gyre.close();
  }

  /** Prints its lines in about twenty seconds, then sleeps. */
  private void runCounter() throws Exception {
    Path script = directory.resolve("count.sh");
    Files.writeString(
        script,
        """
        i=0
        while [ $i -lt %d ]; do
          i=$((i+1))
          echo line $i
          [ $((i %% 20)) = 0 ] && sleep 0.02
        done
        exec sleep 1000
        """
            .formatted(LINES));
    gyre.apply(
            """
            deployments:
              counter:
                process: { command: [sh, %s], stop_grace: 1s }
            """
                .formatted(script))
        .ok();
  }

  /** The process plugin that is shipped, as another version. */
  private Path jar(String version) throws IOException {
    Path shipped = gyre.root.resolve("dist/target/gyre/plugins/process.jar");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarFile from = new JarFile(shipped.toFile())) {
      Manifest head = from.getManifest();
      head.getMainAttributes().putValue("Plugin-Version", version);
      head.getMainAttributes().putValue("Implementation-Version", version);
      try (JarOutputStream out = new JarOutputStream(bytes, head)) {
        for (JarEntry entry : from.stream().toList()) {
          if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
            out.putNextEntry(new JarEntry(entry.getName()));
            try (InputStream in = from.getInputStream(entry)) {
              in.transferTo(out);
            }
            out.closeEntry();
          }
        }
      }
    }
    Path jar = directory.resolve("process-" + version + ".jar");
    Files.write(jar, bytes.toByteArray());
    return jar;
  }

  private Path signed(String version, Path by) throws Exception {
    Path jar = jar(version);
    gyre.run("plugin", "sign", jar.toString(), "--key", by.toString()).ok();
    return jar;
  }

  private JsonNode serving() throws IOException {
    for (JsonNode plugin : gyre.get("/v1/plugins").path("items")) {
      if (plugin.path("runtime").asText().equals("process")
          && plugin.path("state").asText().equals("serving")) {
        return plugin;
      }
    }
    throw new IOException("no process plugin serves");
  }

  private void awaitServing(String version) throws Exception {
    Gyre.await(() -> serving().path("version").asText().equals(version), version + " serves");
  }

  /** As {@code gyre get events} shows it. */
  private void awaitEvent(String reason, String words) throws Exception {
    Gyre.await(
        () -> {
          for (JsonNode event : gyre.get("/v1/events?limit=500").path("items")) {
            if (event.path("reason").asText().equals(reason)
                && event.path("message").asText().contains(words)) {
              return true;
            }
          }
          return false;
        },
        "event " + reason + " with " + words);
  }

  private void drop(byte[] jar, String name) throws IOException {
    Path target = gyre.home.resolve("plugins").resolve(name);
    Files.write(target.resolveSibling("." + name), jar);
    Files.move(target.resolveSibling("." + name), target, StandardCopyOption.ATOMIC_MOVE);
  }

  private Process followLogs(Path to) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(gyre.root.resolve("gyre").toString(), "logs", "-f", "counter");
    builder.environment().keySet().removeIf(name -> name.startsWith("GYRE_"));
    builder
        .environment()
        .putAll(
            Map.of(
                "GYRE_HOME",
                gyre.home.toString(),
                "GYRE_NO_BUILD",
                "1",
                "GYRE_JAVA_HOME",
                System.getProperty("java.home")));
    builder.redirectErrorStream(true).redirectOutput(to.toFile());
    return builder.start();
  }

  @Test
  void operatorsReplaceRejectAndRollBackPluginsUnderARunningWorkload() throws Exception {
    runCounter();
    Map<String, Long> pids = gyre.pids("counter");
    String shipped = serving().path("version").asText();

    // A newer one, signed.
    Path two = signed("9.0.0", key);
    assertThat(gyre.run("plugin", "install", two.toString()).ok().out())
        .contains("runtime process is served by process 9.0.0");
    assertThat(serving().path("signed_by").asText()).hasSize(16);
    awaitEvent("plugin_swapped", "process " + shipped);
    assertThat(gyre.pids("counter")).isEqualTo(pids);

    // Ones that are no good.
    Path other = directory.resolve("other");
    gyre.run("plugin", "keygen", "--out", other.toString()).ok();
    assertThat(gyre.run("plugin", "install", jar("9.0.1").toString()))
        .satisfies(
            result -> {
              assertThat(result.exit()).isEqualTo(1);
              assertThat(result.err()).contains("rejected: it is not signed");
            });
    assertThat(gyre.run("plugin", "install", signed("9.0.2", other).toString()).err())
        .contains("its signature is none of this jar by a trusted key");
    byte[] whole = Files.readAllBytes(two);
    drop(java.util.Arrays.copyOf(whole, whole.length / 2), "corrupt.jar");
    awaitEvent("plugin_rejected", "corrupt.jar was rejected");
    awaitEvent("plugin_rejected", "it is not signed");
    awaitEvent("plugin_rejected", "trusted key");
    String table = gyre.run("get", "plugins").ok().out();
    assertThat(table).contains("corrupt.jar").contains("rejected").contains("process.jar");
    assertThat(gyre.log("runtime")).contains("corrupt.jar was rejected");
    awaitServing("9.0.0");

    // Another good one, and back.
    gyre.run("plugin", "install", signed("9.1.0", key).toString()).ok();
    assertThat(gyre.run("plugin", "rollback", "process").ok().out())
        .contains("back from process 9.1.0", "to process 9.0.0", "as token:admin asked");
    awaitServing("9.0.0");
    gyre.kill("runtime");
    long killed = gyre.pid("runtime");
    Gyre.await(() -> gyre.ready("runtime", killed), "the runtime process is back");
    awaitServing("9.0.0");
    gyre.run("plugin", "rollback", "process").ok();
    assertThat(serving().path("version").asText()).isEqualTo(shipped);
    assertThat(gyre.run("plugin", "rollback", "process").exit()).isEqualTo(5);

    assertThat(gyre.pids("counter")).isEqualTo(pids);
    assertThat(gyre.instances("counter").getFirst().path("restarts").asLong()).isZero();
    assertThat(pids.values()).allMatch(Gyre::alive);
  }

  @Test
  void aFollowedLogLosesAndDoublesNoLineOverSwaps() throws Exception {
    runCounter();
    Path followed = directory.resolve("followed");
    Process follower = followLogs(followed);
    try {
      Gyre.await(() -> Files.size(followed) > 0, "the first lines");
      for (int version = 1; version <= 3; version++) {
        gyre.run("plugin", "install", signed("9.0." + version, key).toString()).ok();
      }
      String last = "line " + LINES;
      Gyre.await(() -> Files.readString(followed).contains(last), last);
      List<Integer> lines = new ArrayList<>();
      for (String line : Files.readAllLines(followed)) {
        lines.add(Integer.parseInt(line.substring(line.indexOf("line ") + 5)));
      }
      // It begins with the last lines before the follow.
      assertThat(lines.getFirst()).isLessThan(LINES / 2);
      assertThat(lines)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(lines.getFirst(), LINES).boxed().toList());
    } finally {
      follower.destroy();
      assertThat(follower.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
