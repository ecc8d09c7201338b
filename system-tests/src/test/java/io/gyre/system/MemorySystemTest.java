package io.gyre.system;

import static io.gyre.system.Gyre.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What Gyre holds of the host's memory with little to do: docs/performance.md has the budgets. */
final class MemorySystemTest {
  /** KiB of the budgets, and a fifth for what a busy machine had no time to give back. */
  private static final long COMPONENTS = 160 * 1024 * 12 / 10;

  private static final long ALL = 205 * 1024 * 12 / 10;

  private static final Duration REST = Duration.ofSeconds(10);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private Gyre gyre;

  @BeforeEach
  void start() throws Exception {
    assertThat(Path.of(System.getProperty("gyre.root"), "dist/target/gyre/gyre.jsa"))
        .as("the class data archive, which ./gyre archive makes where a build leaves it out")
        .exists();
    gyre =
        new Gyre(
            directory.resolve("home"),
            "runtime: { settings: { docker: { host: \"unix:///nonexistent/docker.sock\" } } }\n");
    gyre.up();
  }

  @AfterEach
  void stop() throws Exception {
    gyre.run("down", "--workloads");
    gyre.close();
  }

  @Test
  void isWithinItsBudgetAtRest() throws Exception {
    gyre.apply(
            """
            deployments:
              rests: { runtime: process, command: [sleep, "3600"], replicas: 2 }
            """)
        .ok();
    gyre.awaitRunning("rests", 2);
    long start = System.nanoTime();
    await(() -> System.nanoTime() - start > REST.toNanos(), "it has rested");
    long supervisor = proportionalKib(gyre.pid("supervisor"));
    Map<String, Long> components = new TreeMap<>();
    for (String component : List.of("api", "reconciler", "runtime")) {
      components.put(component, proportionalKib(gyre.pid(component)));
    }
    long sum = components.values().stream().mapToLong(Long::longValue).sum();
    assertThat(sum).as("KiB of " + components).isLessThanOrEqualTo(COMPONENTS);
    assertThat(sum + supervisor)
        .as("KiB of " + components + " and the supervisor, " + supervisor)
        .isLessThanOrEqualTo(ALL);
  }

  /** Pages that several processes share count in parts. */
  private static long proportionalKib(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      if (line.startsWith("Pss:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no Pss of " + pid);
  }
}
