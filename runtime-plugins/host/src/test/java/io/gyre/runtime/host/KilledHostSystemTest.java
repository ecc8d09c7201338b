package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The host as a process of its own, killed. */
final class KilledHostSystemTest {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  HostFixture gyre;
  @Nullable Process host;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore().withKeys();
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (host != null) {
      host.destroyForcibly().waitFor();
    }
    gyre.close();
  }

  private Process fork() throws IOException {
    Path failpoints = Files.createDirectories(directory.resolve("failpoints"));
    Process forked =
        ForkedHost.start(
            gyre, Map.of("GYRE_FAILPOINTS", failpoints.toString()), directory.resolve("host.out"));
    host = forked;
    return forked;
  }

  /** With files for a running instance, once before it was signalled and once after. */
  private Process replacesFilesWhereItWasKilled(Process second) throws Exception {
    DeploymentKey key = new DeploymentKey("default", "conf");
    putSite("one");
    gyre.deploy(
        key,
        "fake",
        WorkloadKind.WORKER,
        List.of(
            new VolumeMount(VolumeMount.Type.CONFIG, "site", "index", "/index.html", true),
            new VolumeMount(VolumeMount.Type.CONFIG, "site", null, "/site", true),
            new VolumeMount(VolumeMount.Type.SECRET, "safe", null, "/safe", true)),
        new Contents(Contents.OnChange.SIGNAL, "HUP", Map.of(), List.of(), Map.of()));
    InstanceId id = gyre.decide("conf-1", key, "fake");
    gyre.start(id, key);
    gyre.awaitDone(id);
    Process third = killedAt("host.content.written", "two", second, key, id);
    assertThat(gyre.calls("signal", "conf-1")).hasSize(1);
    Process fourth = killedAt("host.content.signalled", "three", third, key, id);
    // Sent before the kill, and again since nobody could know.
    assertThat(gyre.calls("signal", "conf-1")).hasSize(3);
    assertThat(gyre.calls("start", "conf-1")).hasSize(1);
    return fourth;
  }

  private Process killedAt(
      String failpoint, String text, Process killed, DeploymentKey key, InstanceId id)
      throws Exception {
    Files.writeString(directory.resolve("failpoints").resolve(failpoint), "kill");
    putSite(text);
    gyre.heard.clear();
    gyre.api.publish(new Message.ContentChanged(key), "c-1", "");
    assertThat(killed.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gyre.all(Message.ContentRefreshed.class)).isEmpty();
    Path files = gyre.home.runtimeState("host").resolve("content").resolve("conf-1");
    Process next = fork();
    gyre.awaitMessage(Message.ContentRefreshed.class, fact -> fact.instance().equals(id));
    assertThat(files.resolve("0/index")).hasContent(text);
    assertThat(files.resolve("1/index")).hasContent(text);
    assertThat(gyre.fake("fake").resolve("secrets-conf-1")).hasContent("key=" + text);
    return next;
  }

  private void putSite(String index) {
    gyre.secret("safe", "key", index);
    gyre.apiStore()
        .desired()
        .run(tx -> tx.putConfig("default", "site", Map.of("index", index), Map.of(), "c", "a"));
  }

  private void awaitStart() {
    gyre.awaitMessage(Message.HostStarted.class, started -> true);
    gyre.awaitMessage(Message.InstancesReported.class, report -> true);
  }

  @Test
  void findsEverythingAgainAfterItWasKilled() throws Exception {
    Process first = fork();
    awaitStart();
    InstanceId steady = gyre.running("web-steady");
    InstanceId ended = gyre.running("web-ended");
    gyre.script("start-web-cut", "hang");
    InstanceId cut = gyre.decide("web-cut");
    gyre.start(cut);
    Await.until(() -> !gyre.calls("start", "web-cut").isEmpty(), () -> "a start is under way");
    InstanceId stopping = gyre.running("web-stopping");
    gyre.script("stop-web-stopping", "hang");
    gyre.stop(stopping);
    Await.until(() -> !gyre.calls("stop", "web-stopping").isEmpty(), () -> "a stop is under way");
    InstanceId again = gyre.running("web-again");
    gyre.script("start-web-again", "hang");
    gyre.restartRun(
        again, Objects.requireNonNull(gyre.lastObservation(again).orElseThrow().startedAt()));
    Await.until(
        () -> gyre.calls("start", "web-again").size() == 2,
        () -> "a restart is between its halves");

    first.destroyForcibly().waitFor();
    gyre.exit(ended, 1);
    gyre.unscript("start-web-cut");
    gyre.unscript("stop-web-stopping");
    gyre.unscript("start-web-again");
    gyre.heard.clear();
    Process second = fork();
    awaitStart();

    InstanceObservation seen =
        gyre.await(steady, o -> o.state() == ObservedState.RUNNING, "still runs");
    assertThat(seen.restarts()).isZero();
    assertThat(gyre.calls("start", "web-steady")).hasSize(1);
    gyre.await(ended, o -> o.restarts() == 1 && o.state() == ObservedState.RUNNING, "restarted");
    assertThat(
            gyre.all(Message.InstancesReported.class).stream()
                .anyMatch(report -> report.instances().contains(cut)))
        .isFalse();
    gyre.start(cut);
    gyre.awaitDone(cut);
    gyre.await(stopping, o -> o.state() == ObservedState.RUNNING, "it was not stopped yet");
    gyre.stop(stopping);
    gyre.awaitState(stopping, ObservedState.STOPPED);
    gyre.await(again, o -> o.state() == ObservedState.STOPPED, "it says how far it came");
    gyre.start(again);
    gyre.await(again, o -> o.state() == ObservedState.RUNNING, "it runs again");

    Process fourth = replacesFilesWhereItWasKilled(second);
    fourth.destroy();
    assertThat(fourth.waitFor(2, TimeUnit.SECONDS)).isTrue();
    assertThat(fourth.exitValue()).isZero();
    assertThat(gyre.calls("close", "true")).hasSize(1);
    assertThat(directory.resolve("host.out")).content().isEmpty();
    assertThat(Files.readString(gyre.home.logs().resolve("runtime.log"))).doesNotContain("ERROR");
  }
}
