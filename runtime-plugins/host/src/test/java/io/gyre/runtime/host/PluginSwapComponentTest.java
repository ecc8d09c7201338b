package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.host.plugin.SwapLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replacements that fail or hang change nothing. */
final class PluginSwapComponentTest {
  @TempDir Path directory;
  private HostFixture gyre;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore();
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
    gyre.limits =
        new SwapLimits(
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofMillis(500));
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"describe", "open", "list"})
  void aHangingReplacementIsRejectedAndTheOldOneServes(String call) throws IOException {
    gyre.launchReady();
    gyre.running("web-1");
    Path release = directory.resolve("release");
    new FakeJar("fake", "2.0")
        .with("hangs_in_" + call, release.toString())
        .writeTo(gyre.home.plugins().resolve("fake.jar"));

    assertThat(gyre.awaitRejected("fake.jar").message()).contains(call, "did not end within");
    gyre.awaitServing("fake", "1.0");
    gyre.running("web-2");

    new FakeJar("fake", "3.0").writeTo(gyre.home.plugins().resolve("fake.jar"));
    gyre.awaitServing("fake", "3.0");
    assertThat(gyre.plugins()).noneMatch(row -> row.state() == PluginInfo.State.REJECTED);
    assertThat(gyre.all(Message.CommandFailed.class)).isEmpty();
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();
    Files.createFile(release);
  }

  @Test
  void whatCannotBeTriedWhileTheEngineIsAwayIsTriedWhenItIsBack() throws IOException {
    gyre.script("open", "fail UNAVAILABLE");
    gyre.launch();
    gyre.awaitRuntime("fake", info -> info.state() == RuntimeInfo.State.UNAVAILABLE);
    new FakeJar("fake", "2.0").writeTo(gyre.home.plugins().resolve("fake.jar"));
    assertThat(gyre.awaitRejected("fake.jar").message()).contains("self-test failed");
    gyre.awaitServing("fake", "1.0");
    gyre.unscript("open");
    gyre.awaitServing("fake", "2.0");
    gyre.awaitNews(PluginChange.SWAPPED, "fake 1.0");
    gyre.awaitRuntime("fake", info -> info.state() == RuntimeInfo.State.READY);
  }

  @Test
  void aReplacementMayMendAPluginThatCannotConnect() throws IOException {
    new FakeJar("fake", "1.0")
        .with("hangs_in_open", directory.resolve("release").toString())
        .writeTo(gyre.shipped.resolve("fake.jar"));
    gyre.launch();
    gyre.awaitRuntime("fake", info -> info.state() == RuntimeInfo.State.UNAVAILABLE);
    new FakeJar("fake", "2.0").writeTo(gyre.home.plugins().resolve("fake.jar"));
    gyre.awaitRuntime("fake", info -> info.state() == RuntimeInfo.State.READY);
    gyre.awaitServing("fake", "2.0");
    Files.createFile(directory.resolve("release"));
  }

  @Test
  void aJarThatIsTooLargeIsNotRead() throws IOException {
    gyre.launchReady();
    Path large = gyre.home.plugins().resolve("large.jar");
    try (var file = new java.io.RandomAccessFile(large.toFile(), "rw")) {
      file.setLength((256L << 20) + 1);
    }
    assertThat(gyre.awaitRejected("large.jar").message()).contains("larger than 256 MiB");
  }
}
