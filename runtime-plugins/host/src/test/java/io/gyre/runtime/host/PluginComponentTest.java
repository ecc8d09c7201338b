package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.ObservedState;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars of plugins: refused, dropped in, replaced. */
final class PluginComponentTest {
  @TempDir Path directory;
  HostFixture gyre;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore();
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private PluginInfo rejected(String jar) {
    PluginInfo row = gyre.awaitRejected(jar);
    gyre.awaitNews(PluginChange.REJECTED, jar);
    return row;
  }

  @Test
  void refusesBadJarsWithTheReasonAndServesTheOthers() throws IOException {
    Path plugins = gyre.home.plugins();
    new FakeJar("spi", "1")
        .entry("io/gyre/runtime/spi/Capability.class")
        .writeTo(plugins.resolve("spi.jar"));
    new FakeJar("logs", "1").entry("org/slf4j/Logger.class").writeTo(plugins.resolve("logs.jar"));
    new FakeJar("plain", "1").withoutManifest().writeTo(plugins.resolve("plain.jar"));
    new FakeJar("Bad Name", "1").id("bad").writeTo(plugins.resolve("name.jar"));
    new FakeJar("unfit", "1").requires(">=2.0.0").writeTo(plugins.resolve("unfit.jar"));
    new FakeJar("unsaid", "1").requires("").writeTo(plugins.resolve("unsaid.jar"));
    new FakeJar("unread", "1").requires("soon").writeTo(plugins.resolve("unread.jar"));
    new FakeJar("broken", "1")
        .with("describe_fails", "true")
        .writeTo(plugins.resolve("broken.jar"));
    Files.writeString(plugins.resolve("garbage.jar"), "not a jar");
    gyre.launchReady();

    assertThat(rejected("spi.jar").message()).contains("io.gyre.runtime.spi", "scope provided");
    assertThat(rejected("logs.jar").message()).contains("org.slf4j");
    assertThat(rejected("plain.jar").message()).contains("Plugin-Id");
    assertThat(rejected("name.jar").message()).contains("Bad Name");
    assertThat(rejected("broken.jar").message()).contains("NoClassDefFoundError");
    assertThat(rejected("garbage.jar").message()).contains("not a complete jar");
    assertThat(rejected("unfit.jar").message()).contains(">=2.0.0", "this Gyre has 1.4.0");
    assertThat(rejected("unsaid.jar").message()).contains("Plugin-Requires: >=1.0.0 & <2.0.0");
    assertThat(rejected("unread.jar").message()).contains("\"soon\" is no range");
    gyre.running("web-1");
  }

  @Test
  void aJarOfTheUserStandsInForAShippedOne() throws IOException {
    new FakeJar("fake", "2.0").id("mine").writeTo(gyre.home.plugins().resolve("mine.jar"));
    gyre.launchReady();
    RuntimeInfo info = gyre.awaitRuntime("fake", i -> i.state() == RuntimeInfo.State.READY);
    assertThat(info.version()).isEqualTo("2.0");
    assertThat(info.source()).endsWith("plugins/mine.jar");
    gyre.running("web-1");
    assertThat(gyre.calls("start", "web-1"))
        .extracting(HostFixture.Call::version)
        .containsExactly("2.0");
  }

  @Test
  void servesAJarThatIsDroppedIn() throws IOException {
    gyre.launchReady();
    DeploymentKey key = new DeploymentKey("default", "other");
    gyre.deploy(key, "second", List.of());

    new FakeJar("second", "1").writeTo(gyre.home.plugins().resolve("second.jar"));

    gyre.awaitRuntime("second", i -> i.state() == RuntimeInfo.State.READY);
    InstanceId id = gyre.decide("other-1", key, "second");
    gyre.start(id, key);
    gyre.awaitDone(id);
    assertThat(gyre.calls("second", "start", "other-1")).hasSize(1);
  }

  @Test
  void waitsForAJarThatIsBeingWritten() throws IOException {
    gyre.launchReady();
    byte[] whole = Files.readAllBytes(new FakeJar("late", "1").writeTo(directory.resolve("l.jar")));
    Path target = gyre.home.plugins().resolve("late.jar");
    Files.write(target, java.util.Arrays.copyOf(whole, whole.length / 2));
    Files.write(target, whole);
    gyre.awaitRuntime("late", i -> i.state() == RuntimeInfo.State.READY);
    assertThat(gyre.find(Message.PluginChanged.class, m -> m.change() == PluginChange.REJECTED))
        .isEmpty();

    Path half = gyre.home.plugins().resolve("half.jar");
    Files.write(half, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThat(rejected("half.jar").message()).contains("not a complete jar");
  }

  @Test
  void replacesARunningPluginWithoutAFailedCall() throws Exception {
    gyre.launchReady();
    InstanceId first = gyre.running("web-1");
    gyre.script("start-web-slow", "hang");
    InstanceId slow = gyre.decide("web-slow");
    gyre.start(slow);
    Await.until(() -> !gyre.calls("start", "web-slow").isEmpty(), () -> "a call is in flight");
    AtomicBoolean stop = new AtomicBoolean();
    Thread commands =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; !stop.get(); i++) {
                    gyre.running("web-n" + i);
                  }
                });

    for (int version = 2; version <= 4; version++) {
      String wanted = version + ".0";
      new FakeJar("fake", wanted).writeTo(gyre.home.plugins().resolve("fake.jar"));
      gyre.awaitRuntime(
          "fake", i -> i.version().equals(wanted) && i.state() == RuntimeInfo.State.READY);
    }
    stop.set(true);
    commands.join();
    assertThat(gyre.all(Message.CommandFailed.class)).isEmpty();
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();

    // The call in flight is with the generation that began it, which waits for it.
    assertThat(gyre.calls("close", "false")).noneMatch(call -> call.version().equals("1.0"));
    gyre.unscript("start-web-slow");
    gyre.awaitDone(slow);
    Await.until(
        () -> gyre.calls("close", "false").stream().anyMatch(c -> c.version().equals("1.0")),
        () -> "the first generation is closed");
    gyre.exit(first, 1);
    gyre.await(first, o -> o.restarts() == 1 && o.state() == ObservedState.RUNNING, "restarted");
    assertThat(gyre.calls("start", "web-1").getLast().version()).isEqualTo("4.0");
  }

  @Test
  void keepsServingWhereTheReplacementSeesLess() throws IOException {
    gyre.launchReady();
    gyre.running("web-1");
    new FakeJar("fake", "2.0").with("blind", "true").writeTo(gyre.home.plugins().resolve("f.jar"));
    assertThat(rejected("f.jar").message()).contains("does not see", "web-1");
    gyre.running("web-2");
    assertThat(gyre.calls("start", "web-2"))
        .extracting(HostFixture.Call::version)
        .containsExactly("1.0");
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();
  }
}
