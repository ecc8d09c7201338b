package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.model.PluginInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The host killed at every step of a swap, with a process that runs under it. */
final class SwapKilledSystemTest {
  private static final DeploymentKey KEY = new DeploymentKey("default", "sleeper");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private HostFixture gyre;
  private @Nullable Process host;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore();
    gyre.deployProcess(KEY, "exec sleep 1000");
    ProcessJar.write("1.0", gyre.shipped.resolve("process.jar"));
    Files.createDirectory(directory.resolve("failpoints"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    Process running = host;
    if (running != null) {
      running.destroyForcibly().waitFor();
    }
    gyre.close();
  }

  private void fork() throws IOException {
    gyre.heard.clear();
    host =
        ForkedHost.start(
            gyre,
            Map.of("GYRE_FAILPOINTS", directory.resolve("failpoints").toString()),
            directory.resolve("host.out"));
    gyre.awaitMessage(Message.HostStarted.class, started -> true);
    gyre.awaitMessage(Message.InstancesReported.class, report -> true);
  }

  private void awaitKilled() throws InterruptedException {
    Process running = Objects.requireNonNull(host);
    assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(running.exitValue()).isEqualTo(137);
  }

  private long startSleeper(InstanceId id) {
    gyre.start(id, KEY);
    gyre.awaitDone(id);
    InstanceObservation seen =
        gyre.await(id, o -> o.state() == ObservedState.RUNNING && o.pid() != null, "runs");
    return Objects.requireNonNull(seen.pid());
  }

  private void assertSame(InstanceId id, long pid) {
    InstanceObservation seen =
        gyre.await(id, o -> o.state() == ObservedState.RUNNING, "still runs");
    assertThat(seen.pid()).isEqualTo(pid);
    assertThat(seen.restarts()).isZero();
    assertThat(Path.of("/proc/" + pid)).exists();
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();
  }

  private void remove(InstanceId id) {
    gyre.reconciler.publish(new Message.RemoveInstance(id, KEY, 1), "c", "");
    gyre.awaitMessage(Message.InstanceGone.class, gone -> gone.instance().equals(id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host.swap.copied",
        "host.swap.loaded",
        "host.swap.opened",
        "host.swap.before_flip",
        "host.swap.after_flip",
        "host.swap.before_unload"
      })
  void theNextHostServesOneOfTheTwoAndTheWorkloadNoticesNothing(String failpoint) throws Exception {
    fork();
    InstanceId id = gyre.decide("sleeper-1", KEY, "process");
    long pid = startSleeper(id);
    Files.writeString(directory.resolve("failpoints").resolve(failpoint), "kill");
    ProcessJar.write("2.0", gyre.home.plugins().resolve("process.jar"));
    awaitKilled();
    assertThat(Path.of("/proc/" + pid)).exists();

    fork();
    gyre.awaitPlugin(row -> row.state() == PluginInfo.State.SERVING, "a plugin serves");
    assertSame(id, pid);
    // The jar is there and good, so in the end it serves.
    gyre.awaitServing("process", "2.0");
    assertSame(id, pid);
    remove(id);
  }

  @Test
  void aRollbackThatWasCutIsDoneOrNotDone() throws Exception {
    fork();
    InstanceId id = gyre.decide("sleeper-1", KEY, "process");
    long pid = startSleeper(id);
    ProcessJar.write("2.0", gyre.home.plugins().resolve("process.jar"));
    PluginInfo serving = gyre.awaitServing("process", "2.0");
    Files.writeString(directory.resolve("failpoints").resolve("host.swap.after_flip"), "kill");
    gyre.api.publish(new Message.RollBackPlugin("process", serving.sha256(), "x"), "c-1", "");
    awaitKilled();

    fork();
    gyre.awaitServing("process", "2.0");
    assertSame(id, pid);
    remove(id);
  }
}
