package io.gyre.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A short run of the harness against the built distribution; the seed is always the same. */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
final class ChaosSystemTest {
  private static final long SEED = 20_260;
  private static final int SECONDS = 60;

  @Test
  void noPromiseIsBrokenWithinAMinuteOfFaults(
      @TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
    Path root = Path.of(System.getProperty("gyre.root"));
    require(
        Files.isDirectory(root.resolve("dist/target/gyre/lib")), "there is no build in " + root);
    require(Shell.run("id", "-u").out().strip().equals("0"), "only root may mount and kill");
    require(Engine.missing().isEmpty(), Engine.missing());
    Path out = directory.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-Dgyre.root=" + root,
                "-cp",
                System.getProperty("java.class.path"),
                "io.gyre.chaos.ChaosMain",
                "--seed",
                Long.toString(SEED),
                "--seconds",
                Integer.toString(SECONDS)));
    builder.redirectErrorStream(true).redirectOutput(out.toFile());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(540, TimeUnit.SECONDS)).as("ends in time").isTrue();
    } finally {
      // Told to end it takes its workloads, its engine and its mount with it.
      process.destroy();
      process.waitFor(30, TimeUnit.SECONDS);
    }
    String text = Files.readString(out);
    System.out.println(text);
    assertThat(process.exitValue()).as(text).isZero();
    assertThat(text).contains(" 0 violations");
  }

  private static void require(boolean condition, String reason) {
    if (!condition) {
      assertThat(System.getenv("CI")).as(reason).isNotEqualTo("true");
      Assumptions.abort(reason);
    }
  }
}
