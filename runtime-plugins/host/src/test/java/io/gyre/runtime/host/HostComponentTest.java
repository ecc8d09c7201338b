package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands and facts, with a runtime that doesn't restart by itself. */
final class HostComponentTest {
  @TempDir Path directory;
  HostFixture gyre;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory);
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  @Test
  void saysThatItStartedThenWhatItHas() {
    gyre.withStore().launchReady();

    gyre.awaitMessage(Message.InstancesReported.class, m -> m.runtime().equals("fake"));
    assertThat(gyre.heard.getFirst().message()).isInstanceOf(Message.HostStarted.class);
    RuntimeInfo info = gyre.awaitRuntime("fake", i -> true);
    assertThat(info.state()).isEqualTo(RuntimeInfo.State.READY);
    assertThat(info.capabilities()).contains("EXEC", "LOGS").doesNotContain("SELF_RESTART");
  }

  @Test
  void startsAnInstanceAndKeepsTheCorrelation() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.decide("web-1");

    String command = gyre.start(id);

    HostFixture.Heard done = gyre.awaitDone(id);
    assertThat(done.envelope().correlation()).isEqualTo("c-start-web-1");
    assertThat(done.envelope().causeId()).isEqualTo(command);
    InstanceObservation seen = gyre.lastObservation(id).orElseThrow();
    assertThat(seen.state()).isEqualTo(ObservedState.RUNNING);
    assertThat(seen.runtime()).isEqualTo("fake");
    assertThat(seen.pid()).isEqualTo(4711);
    int observed = indexOf(Message.InstanceObserved.class);
    assertThat(observed).isLessThan(indexOf(Message.CommandDone.class));
    assertThat(gyre.heard.get(observed).envelope().correlation()).isEqualTo("c-start-web-1");
  }

  private int indexOf(Class<? extends Message> type) {
    for (int i = 0; i < gyre.heard.size(); i++) {
      if (type.isInstance(gyre.heard.get(i).message())) {
        return i;
      }
    }
    throw new AssertionError("no " + type);
  }

  @Test
  void repeatsAnAnswerToARepeatedStart() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.heard.clear();

    gyre.start(id);

    gyre.awaitDone(id);
    assertThat(gyre.observations(id))
        .extracting(InstanceObservation::state)
        .containsExactly(ObservedState.RUNNING);
  }

  @Test
  void removesAnInstanceAndSaysSoOnce() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.heard.clear();

    gyre.remove(id);

    gyre.awaitDone(id);
    assertThat(gyre.all(Message.InstanceGone.class)).hasSize(1);
    assertThat(
            gyre.find(Message.InstanceGone.class, g -> true).orElseThrow().envelope().correlation())
        .isEqualTo("c-remove-web-1");
    gyre.heard.clear();
    gyre.remove(id);
    gyre.awaitDone(id);
    assertThat(gyre.all(Message.InstanceGone.class)).hasSize(1);
  }

  @Test
  void makesAgainWhatSomebodyElseRemoved() throws IOException {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    Files.delete(gyre.home.runtimeState("fake").resolve("instances").resolve("web-1"));
    gyre.reconciler.publish(new Message.ReportInstances(), "c-report", "");
    gyre.awaitMessage(Message.InstanceGone.class, gone -> gone.instance().equals(id));
    gyre.heard.clear();

    gyre.start(id);

    gyre.awaitDone(id);
    assertThat(gyre.lastObservation(id).orElseThrow().state()).isEqualTo(ObservedState.RUNNING);
  }

  @Test
  void ignoresCommandsForInstancesThatNobodyDecidedOn() {
    gyre.withStore().launchReady();
    gyre.start(new InstanceId("web-ghost"));

    gyre.running("web-1");

    assertThat(gyre.calls("start", "web-ghost")).isEmpty();
  }

  @Test
  void translatesFailures() {
    gyre.withStore().launchReady();
    gyre.script("start-web-1", "fail NOT_FOUND");
    gyre.script("start-web-2", "linkage");
    gyre.script("start-web-3", "fail INVALID");
    InstanceId one = gyre.decide("web-1");
    InstanceId two = gyre.decide("web-2");
    InstanceId three = gyre.decide("web-3");
    gyre.start(one);
    gyre.start(two);
    gyre.start(three);

    Message.CommandFailed notFound = gyre.awaitFailed(one);
    assertThat(notFound.kind()).isEqualTo(ErrorKind.NOT_FOUND);
    assertThat(notFound.code()).isEqualTo("fake_start");
    assertThat(notFound.hint()).isEqualTo("hint");
    assertThat(notFound.retryable()).isTrue();
    Message.CommandFailed linkage = gyre.awaitFailed(two);
    assertThat(linkage.kind()).isEqualTo(ErrorKind.RUNTIME);
    assertThat(linkage.message()).contains("NoSuchMethodError", "org.example.Thing.gone()");
    assertThat(gyre.awaitFailed(three).retryable()).isFalse();
    assertThat(gyre.lastObservation(one).orElseThrow().state()).isEqualTo(ObservedState.FAILED);
    gyre.running("web-4");
  }

  @Test
  void saysWhatIsMissingOfASpec() {
    gyre.withStore();
    DeploymentKey key = new DeploymentKey("default", "conf");
    gyre.deploy(
        key,
        "fake",
        List.of(new VolumeMount(VolumeMount.Type.CONFIG, "site", "index", "/index.html", true)));
    DeploymentKey elsewhere = new DeploymentKey("default", "elsewhere");
    gyre.deploy(elsewhere, "nowhere", List.of());
    gyre.launchReady();

    InstanceId id = gyre.decide("conf-1", key, "fake");
    gyre.start(id, key);
    assertThat(gyre.awaitFailed(id).code()).isEqualTo("config.not_found");
    assertThat(gyre.awaitFailed(id).retryable()).isTrue();
    gyre.apiStore()
        .desired()
        .run(tx -> tx.putConfig("default", "site", Map.of("index", "hello"), Map.of(), "c", "a"));
    gyre.start(id, key);
    gyre.awaitDone(id);
    assertThat(gyre.fake("fake").resolve("instances/conf-1")).content().contains("file=hello");

    InstanceId lost = gyre.decide("elsewhere-1", elsewhere, "nowhere");
    gyre.start(lost, elsewhere);
    assertThat(gyre.awaitFailed(lost).code()).isEqualTo("runtime.unknown");
  }

  @Test
  void replacesFilesAndSignalsOnceForEachVersion() {
    gyre.withStore();
    DeploymentKey key = new DeploymentKey("default", "conf");
    gyre.deploy(
        key,
        "fake",
        WorkloadKind.WORKER,
        List.of(
            new VolumeMount(VolumeMount.Type.CONFIG, "site", "index", "/index.html", true),
            new VolumeMount(VolumeMount.Type.CONFIG, "site", null, "/site", true)),
        new Contents(Contents.OnChange.SIGNAL, "HUP", Map.of(), List.of(), Map.of()));
    putSite("one");
    gyre.launchReady();
    InstanceId id = gyre.decide("conf-1", key, "fake");
    gyre.start(id, key);
    gyre.awaitDone(id);
    Path files = gyre.home.runtimeState("host").resolve("content").resolve("conf-1");
    assertThat(files.resolve("0/index")).hasContent("one");
    assertThat(files.resolve("1/index")).hasContent("one");

    putSite("two");
    gyre.api.publish(new Message.ContentChanged(key), "c-two", "");
    HostFixture.Heard told =
        gyre.awaitMessage(Message.ContentRefreshed.class, fact -> fact.instance().equals(id));
    assertThat(told.envelope().correlation()).isEqualTo("c-two");
    assertThat(((Message.ContentRefreshed) told.message()).message())
        .contains("config site version 2", "SIGHUP");
    assertThat(files.resolve("0/index")).hasContent("two");
    assertThat(files.resolve("1/index")).hasContent("two");
    gyre.api.publish(new Message.ContentChanged(key), "c-again", "");
    gyre.running("web-1");
    assertThat(gyre.calls("signal", "conf-1")).hasSize(1);

    // What a host missed, the next one does; and it sweeps what is left of others.
    gyre.stopHost();
    putSite("three");
    gyre.heard.clear();
    gyre.launchReady();
    gyre.awaitMessage(Message.ContentRefreshed.class, fact -> fact.instance().equals(id));
    assertThat(files.resolve("1/index")).hasContent("three");
    assertThat(gyre.calls("signal", "conf-1")).hasSize(2);
    gyre.heard.clear();
    gyre.remove(id);
    gyre.awaitDone(id);
    assertThat(files).doesNotExist();
  }

  @Test
  void replacesSecretFilesAndSignalsOnceForEachVersion() throws Exception {
    gyre.withStore().withKeys();
    DeploymentKey key = new DeploymentKey("default", "safe");
    gyre.deploy(
        key,
        "fake",
        WorkloadKind.WORKER,
        List.of(new VolumeMount(VolumeMount.Type.SECRET, "tls", null, "/run/tls", true)),
        new Contents(Contents.OnChange.SIGNAL, "HUP", Map.of(), List.of(), Map.of()));
    gyre.secret("tls", "key", "value-one");
    gyre.launchReady();
    InstanceId id = gyre.decide("safe-1", key, "fake");
    gyre.start(id, key);
    gyre.awaitDone(id);
    assertThat(gyre.calls("secrets", "safe-1")).isEmpty();

    gyre.secret("tls", "key", "value-two");
    gyre.api.publish(new Message.ContentChanged(key), "c-two", "");
    HostFixture.Heard told =
        gyre.awaitMessage(Message.ContentRefreshed.class, fact -> fact.instance().equals(id));
    assertThat(((Message.ContentRefreshed) told.message()).message())
        .contains("secret tls version 2", "SIGHUP")
        .doesNotContain("value");
    Path files = gyre.fake("fake").resolve("secrets-safe-1");
    assertThat(files).hasContent("key=value-two");
    assertThat(gyre.calls("signal", "safe-1")).hasSize(1);

    // A runtime that fails is asked again, and nobody is told of what isn't there.
    gyre.heard.clear();
    gyre.script("secrets", "fail ENGINE");
    gyre.secret("tls", "key", "value-three");
    gyre.api.publish(new Message.ContentChanged(key), "c-three", "");
    gyre.awaitMessage(Message.ContentRefreshed.class, Message.ContentRefreshed::failed);
    assertThat(gyre.calls("signal", "safe-1")).hasSize(1);
    gyre.unscript("secrets");

    // A start of what runs is no way around its signal.
    gyre.heard.clear();
    gyre.start(id, key);
    gyre.awaitMessage(Message.ContentRefreshed.class, fact -> !fact.failed());
    assertThat(files).hasContent("key=value-three");
    assertThat(gyre.calls("signal", "safe-1")).hasSize(2);
  }

  @Test
  void whatWouldStayStoppedForWantOfASecretIsNotStopped() {
    gyre.withStore();
    DeploymentKey key = new DeploymentKey("default", "safe");
    gyre.deploy(
        key,
        "fake",
        List.of(new VolumeMount(VolumeMount.Type.SECRET, "gone", null, "/run/gone", true)));
    gyre.launchReady();
    InstanceId id = gyre.decide("safe-1", key, "fake");
    gyre.start(id, key);
    gyre.awaitDone(id);
    gyre.heard.clear();
    gyre.reconciler.publish(new Message.RestartInstance(id, key, 1, 1, 1), "c-restart", "");
    Message.CommandFailed failed = gyre.awaitFailed(id);
    assertThat(failed.code()).isEqualTo(Message.CommandFailed.POSTPONED);
    assertThat(failed.message()).contains("no secret gone");
    assertThat(gyre.calls("stop", "safe-1")).isEmpty();
    assertThat(gyre.calls("start", "safe-1")).hasSize(1);
  }

  private void putSite(String index) {
    gyre.apiStore()
        .desired()
        .run(tx -> tx.putConfig("default", "site", Map.of("index", index), Map.of(), "c", "a"));
  }

  @Test
  void showsSlowStartsAndDoesNotLetThemHoldUpOthers() {
    gyre.withStore().launchReady();
    gyre.script("start-web-slow", "hang");
    InstanceId slow = gyre.decide("web-slow");
    gyre.start(slow);
    gyre.awaitState(slow, ObservedState.STARTING);
    assertThat(gyre.lastObservation(slow).orElseThrow().reason()).contains("nginx");

    gyre.running("web-1");
    gyre.reconciler.publish(new Message.ReportInstances(), "c-report", "");
    HostFixture.Heard report =
        gyre.awaitMessage(
            Message.InstancesReported.class, m -> m.instances().contains(new InstanceId("web-1")));
    assertThat(report.envelope().correlation()).isEqualTo("c-report");
    assertThat(((Message.InstancesReported) report.message()).instances()).contains(slow);
    assertThat(gyre.heard)
        .as("who asks is told of the runtimes as well")
        .anySatisfy(
            heard -> {
              assertThat(heard.envelope().correlation()).isEqualTo("c-report");
              assertThat(heard.message()).isInstanceOf(Message.RuntimeChanged.class);
            });

    gyre.unscript("start-web-slow");
    gyre.awaitDone(slow);
  }

  @Test
  void aRemovalTakesThePlaceOfStartsThatWait() {
    gyre.withStore().launchReady();
    gyre.script("start", "hang");
    for (int i = 0; i < 8; i++) {
      gyre.start(gyre.decide("web-busy" + i));
    }
    Await.until(() -> !gyre.calls("start", "web-busy7").isEmpty(), () -> "8 starts under way");
    InstanceId waiting = gyre.decide("web-waiting");
    gyre.start(waiting);
    gyre.awaitState(waiting, ObservedState.STARTING);

    gyre.remove(waiting);

    gyre.awaitMessage(Message.InstanceGone.class, gone -> gone.instance().equals(waiting));
    assertThat(gyre.calls("start", "web-waiting")).isEmpty();
    gyre.unscript("start");
    gyre.awaitDone(new InstanceId("web-busy7"));
  }

  @Test
  void restartsOncePerNonce() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.heard.clear();

    gyre.restart(id, 5);
    assertThat(((Message.CommandDone) gyre.awaitDone(id).message()).restartNonce()).isEqualTo(5);
    assertThat(gyre.calls("stop", "web-1")).hasSize(1);
    assertThat(gyre.calls("start", "web-1")).hasSize(2);

    gyre.stopHost();
    gyre.launchReady();
    gyre.heard.clear();
    gyre.restart(id, 5);
    gyre.awaitDone(id);
    assertThat(gyre.calls("stop", "web-1")).hasSize(1);
  }

  @Test
  void aStoppedInstanceStaysSoUntilItIsStarted() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.heard.clear();

    gyre.stop(id);
    HostFixture.Heard done = gyre.awaitDone(id);
    assertThat(done.envelope().correlation()).isEqualTo("c-stop-web-1");
    assertThat(gyre.lastObservation(id).orElseThrow().state()).isEqualTo(ObservedState.STOPPED);

    gyre.stopHost();
    gyre.launchReady();
    gyre.awaitMessage(Message.InstancesReported.class, m -> m.instances().contains(id));
    assertThat(gyre.lastObservation(id).orElseThrow().state()).isEqualTo(ObservedState.STOPPED);
    assertThat(gyre.calls("start", "web-1")).as("nobody starts it").hasSize(1);

    gyre.heard.clear();
    gyre.start(id);
    gyre.awaitDone(id);
    assertThat(gyre.lastObservation(id).orElseThrow().state()).isEqualTo(ObservedState.RUNNING);
    gyre.exit(id, 0);
    gyre.await(id, o -> o.restarts() == 1, "it is looked after again, whatever its exit code");
  }

  @Test
  void afterABootAllThatShouldRunIsStartedWhateverItsExitCode() throws IOException {
    gyre.withStore().launchReady();
    InstanceId well = gyre.running("web-1");
    InstanceId badly = gyre.running("web-2");
    InstanceId told = gyre.running("web-3");
    gyre.stop(told);
    gyre.awaitState(told, ObservedState.STOPPED);
    gyre.stopHost();
    // The engine ended with the machine; one was asked and left with 0, one was killed.
    for (InstanceId id : List.of(well, badly)) {
      Path file = gyre.home.runtimeState("fake").resolve("instances").resolve(id.value());
      String code = id.equals(well) ? "0" : "137";
      Files.writeString(
          file,
          Files.readString(file).replace("state=RUNNING", "state=EXITED")
              + "exit_code="
              + code
              + "\nexit_at="
              + Instant.now()
              + "\n");
    }
    // And it comes up later than Gyre.
    HostFixture.put(gyre.fake("fake").resolve("script"), "open", "fail UNAVAILABLE");
    gyre.heard.clear();
    gyre.launchReady();
    gyre.awaitRuntime("fake", i -> i.state() == RuntimeInfo.State.UNAVAILABLE);
    gyre.unscript("open");

    gyre.await(well, o -> o.state() == ObservedState.RUNNING, "what had exited with 0 runs");
    gyre.await(badly, o -> o.state() == ObservedState.RUNNING, "what was killed runs");
    assertThat(gyre.lastObservation(well).orElseThrow().crashLooping()).isFalse();
    assertThat(gyre.calls("start", "web-3")).as("what was stopped stays stopped").hasSize(1);
    assertThat(gyre.lastObservation(told).orElseThrow().state()).isEqualTo(ObservedState.STOPPED);
  }

  @Test
  void aStopOfWhatIsNotThereIsAnswered() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.decide("web-1");
    gyre.stop(id);
    gyre.awaitDone(id);
    assertThat(gyre.lastObservation(id).orElseThrow().state()).isEqualTo(ObservedState.STOPPED);
  }

  @Test
  void aStopTakesThePlaceOfARestartInPlace() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.exit(id, 3);
    gyre.await(id, o -> o.restarts() == 1, "the first restart");
    gyre.exit(id, 3);
    gyre.awaitState(id, ObservedState.BACKING_OFF);
    gyre.stop(id);
    gyre.awaitDone(id);
    gyre.awaitState(id, ObservedState.STOPPED);
    int starts = gyre.calls("start", "web-1").size();
    gyre.running("web-2");
    assertThat(gyre.calls("start", "web-1")).hasSize(starts);
  }

  @Test
  void restartsTheRunThatIsMeantAndNoOther() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    Instant run = Objects.requireNonNull(gyre.lastObservation(id).orElseThrow().startedAt());
    gyre.heard.clear();
    gyre.restartRun(id, run.minusMillis(1));
    gyre.awaitDone(id);
    assertThat(gyre.calls("stop", "web-1")).isEmpty();
    gyre.heard.clear();
    gyre.restartRun(id, run);
    gyre.awaitDone(id);
    assertThat(gyre.calls("stop", "web-1")).hasSize(1);
    assertThat(gyre.calls("start", "web-1")).hasSize(2);
    assertThat(gyre.lastObservation(id).orElseThrow().startedAt()).isAfter(run);
    gyre.heard.clear();
    gyre.restartRun(id, run);
    gyre.awaitDone(id);
    assertThat(gyre.calls("stop", "web-1")).as("twice is once").hasSize(1);
  }

  @Test
  void refusesAnOlderReconciler() {
    gyre.withStore().launchReady();
    gyre.running("web-1");
    gyre.reconciler.close();

    try (io.gyre.bus.Bus old = gyre.bus(Component.RECONCILER, 6, Set.of())) {
      InstanceId id = gyre.decide("web-2");
      old.publish(new Message.StartInstance(id, HostFixture.WEB, 1, 1), "c-old", "");
      gyre.api.publish(new Message.StartInstance(id, HostFixture.WEB, 1, 1), "c-api", "");
    }
    try (io.gyre.bus.Bus next = gyre.bus(Component.RECONCILER, 8, Set.of())) {
      InstanceId id = gyre.decide("web-3");
      next.publish(new Message.StartInstance(id, HostFixture.WEB, 1, 1), "c-new", "");
      Await.until(() -> !gyre.calls("start", "web-3").isEmpty(), () -> "the newer is heard");
    }
    assertThat(gyre.calls("start", "web-2")).isEmpty();
  }

  @Test
  void supervisesBeforeTheStoreIsThere() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.stopHost();
    assertThat(gyre.calls("close", "true")).hasSize(1);
    Path database = gyre.home.database();
    Path aside = database.resolveSibling("aside.db");
    assertThat(database.toFile().renameTo(aside.toFile())).isTrue();
    int starts = gyre.calls("start", "web-1").size();

    gyre.launch();
    Await.until(() -> gyre.waitingFor.contains("database"), () -> "waits for the database");
    Await.until(() -> !gyre.calls("list", "-").isEmpty(), () -> "the runtime is open");
    gyre.exit(id, 3);
    Await.until(
        () -> gyre.calls("start", "web-1").size() > starts, () -> "restarted without a database");
    assertThat(gyre.ready).isFalse();

    assertThat(aside.toFile().renameTo(database.toFile())).isTrue();
    Await.until(() -> gyre.ready, () -> "ready");
    gyre.await(id, o -> o.restarts() == 1 && o.state() == ObservedState.RUNNING, "restarted");
  }

  @Test
  void reportsARuntimeWhoseEngineIsAwayAndTriesAgain() {
    HostFixture.put(gyre.fake("fake").resolve("script"), "open", "fail UNAVAILABLE");
    gyre.withStore().launchReady();
    assertThat(gyre.awaitRuntime("fake", i -> true).state())
        .isEqualTo(RuntimeInfo.State.UNAVAILABLE);
    InstanceId id = gyre.decide("web-1");
    gyre.start(id);
    assertThat(gyre.awaitFailed(id).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    gyre.remove(id);
    Await.until(
        () -> gyre.all(Message.CommandFailed.class).size() == 2, () -> "can't tell if it is gone");

    gyre.unscript("open");
    gyre.awaitRuntime("fake", i -> i.state() == RuntimeInfo.State.READY);
    gyre.start(id);
    gyre.awaitDone(id);
  }

  @Test
  void followsAnEngineThatGoesAndComes() {
    gyre.withStore().launchReady();
    InstanceId id = gyre.running("web-1");
    gyre.heard.clear();
    HostFixture.put(gyre.fake("fake").resolve("orders"), "away", "");
    RuntimeInfo away = gyre.awaitRuntime("fake", i -> i.state() == RuntimeInfo.State.UNAVAILABLE);
    assertThat(away.message()).contains("the engine is away");
    HostFixture.put(gyre.fake("fake").resolve("orders"), "back", "");
    gyre.awaitRuntime("fake", i -> i.state() == RuntimeInfo.State.READY);
    gyre.awaitMessage(Message.InstancesReported.class, m -> m.instances().contains(id));
  }

  @Test
  void closesSoonWhateverAPluginDoes() {
    gyre.withStore().launchReady();
    gyre.script("start", "sleep 60000");
    gyre.start(gyre.decide("web-1"));
    Await.until(() -> !gyre.calls("start", "web-1").isEmpty(), () -> "a start hangs");

    long begin = System.nanoTime();
    gyre.stopHost();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(1500));
    assertThat(Files.exists(gyre.fake("fake").resolve("calls"))).isTrue();
  }
}
