package io.gyre.system;

import static io.gyre.system.Gyre.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of instances of a runtime that costs nothing, with the heaps of production. {@code gyre
 * bench --rows 8} does the same with ten thousand and measures.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
final class ScaleSystemTest {
  private static final int DEPLOYMENTS = 600;
  private static final int REPLICAS = 5;
  private static final int ALL = DEPLOYMENTS * REPLICAS;

  /** As long as names may be, so that a list of all ids is longer than a message may be. */
  private static final String PREFIX = "n".repeat(58) + "-";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private Gyre gyre;

  @BeforeEach
  void start() throws Exception {
    gyre =
        new Gyre(
            directory.resolve("home"),
            "runtime: { settings: { docker: { host: \"unix:///nonexistent/docker.sock\" } } }\n");
    SimulatedJar.writeTo(gyre.home.resolve("plugins/simulated.jar"));
    gyre.up();
    await(
        () -> gyre.get("/v1/runtimes").toString().contains("\"simulated\""),
        "the runtime is there");
  }

  @AfterEach
  void stop() throws Exception {
    // What it runs are lines of a file.
    gyre.run("down");
    gyre.close();
  }

  @Test
  void thousandsOfInstancesOutliveTheirSupervisionAndASlowPullDelaysNone() throws Exception {
    StringBuilder manifest = new StringBuilder("deployments:\n");
    for (int i = 0; i < DEPLOYMENTS; i++) {
      manifest.append(
          "  %s%04d: { runtime: simulated, image: sim, replicas: %d }%n"
              .formatted(PREFIX, i, REPLICAS));
    }
    gyre.run("apply", "-f", gyre.manifest(manifest.toString()).toString()).ok();
    await(() -> settled() == DEPLOYMENTS, "all of " + ALL + " run");
    long events = lastEvent();
    Map<String, Long> pids = new HashMap<>();
    for (String component : Gyre.COMPONENTS) {
      pids.put(component, gyre.pid(component));
    }

    // Both report everything anew, and nothing is started twice, or written down again.
    for (String component : List.of("reconciler", "runtime")) {
      long before = gyre.pid(component);
      gyre.kill(component);
      await(() -> gyre.ready(component, before), component + " is back");
      pids.remove(component);
    }
    scale(PREFIX + "0007", REPLICAS + 1);
    assertThat(lines("start")).hasSize(ALL + 1);
    assertThat(new HashSet<>(lines("start"))).hasSize(ALL + 1);
    assertThat(eventsOfInstances(events))
        .as("deployments with events since then")
        .containsOnly(PREFIX + "0007");
    for (Map.Entry<String, Long> one : pids.entrySet()) {
      assertThat(gyre.pid(one.getKey())).as(one.getKey()).isEqualTo(one.getValue());
    }

    // More replicas than starts are made at once, each of which waits for its image.
    gyre.run(
            "apply",
            "-f",
            gyre.manifest(
                    """
                    deployments:
                      slow: { runtime: simulated, image: pull/slow, replicas: 40 }
                    """)
                .toString())
        .ok();
    await(() -> gyre.instances("slow").size() == 40, "slow is under way");
    scale(PREFIX + "0008", REPLICAS + 1);
    assertThat(gyre.deployment("slow").path("ready").asInt()).isZero();
    Files.writeString(state().resolve("go-slow"), "");
    gyre.awaitRunning("slow", 40);
    await(() -> running() == ALL + 2 + 40, "all of it runs");
  }

  private void scale(String name, int replicas) throws Exception {
    gyre.run("scale", name, "--replicas", Integer.toString(replicas)).ok();
    gyre.awaitRunning(name, replicas);
  }

  private long settled() throws IOException {
    long settled = 0;
    String position = "";
    do {
      JsonNode page = gyre.get("/v1/deployments?limit=500" + position);
      for (JsonNode each : page.path("items")) {
        settled += each.path("phase").asText().equals("running") ? 1 : 0;
      }
      String next = page.path("continue").asText();
      position = next.isEmpty() ? "" : "&continue=" + next;
    } while (!position.isEmpty());
    return settled;
  }

  private long running() throws IOException {
    return gyre.get("/v1/status").path("counts").path("by_state").path("running").asLong();
  }

  private long lastEvent() throws IOException {
    return gyre.get("/v1/events?limit=1").path("last_seq").asLong();
  }

  private Set<String> eventsOfInstances(long after) throws IOException {
    Set<String> deployments = new HashSet<>();
    for (JsonNode event : gyre.get("/v1/events?limit=500&after=" + after).path("items")) {
      if (event.has("deployment")) {
        deployments.add(event.path("deployment").asText());
      }
    }
    return deployments;
  }

  private Path state() {
    return gyre.home.resolve("runtimes/simulated");
  }

  private List<String> lines(String call) throws IOException {
    return Files.readAllLines(state().resolve("calls")).stream()
        .filter(line -> line.startsWith(call + " "))
        .toList();
  }
}
