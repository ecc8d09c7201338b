package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeEvent.Availability;
import io.gyre.runtime.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dockerd of its own is killed and restarted under a runtime. */
final class EngineRestartTest {
  @TempDir Path directory;

  @Test
  void everythingIsKnownAgainAfterTheEngineRestarted() throws Exception {
    TestEngine.require();
    boolean root = "root".equals(System.getProperty("user.name"));
    assertThat(root || !"true".equals(System.getenv("CI"))).as("a dockerd needs root").isTrue();
    assumeTrue(root, "a dockerd needs root");
    try (PrivateDockerd dockerd = new PrivateDockerd(directory.resolve("engine"))) {
      dockerd.start();
      TestEngine engine = new TestEngine(dockerd.host());
      engine.ensureImage();
      try (DockerFixture docker =
          new DockerFixture(directory, engine, Map.of("host", dockerd.host()))) {
        survives(docker, dockerd);
        replacesWhatTheEngineCanNotStart(docker, dockerd);
      }
    }
  }

  private static void survives(DockerFixture docker, PrivateDockerd dockerd) throws Exception {
    InstanceSpec runs = spec(docker);
    InstanceSpec stops = spec(docker);
    InstanceStatus running = docker.runtime().start(runs);
    docker.runtime().start(stops);
    docker.runtime().stop(stops.id());

    dockerd.stop();
    awaitAvailability(docker, false);
    dockerd.start();
    awaitAvailability(docker, true);
    docker
        .kit
        .events()
        .awaitChange(runs.id(), s -> s.state() == State.EXITED, "EXITED by the engine's restart");
    assertThat(docker.kit.status(stops.id()).state()).isEqualTo(State.STOPPED);
    InstanceStatus again = docker.runtime().start(runs);
    assertThat(again.state()).isEqualTo(State.RUNNING);
    assertThat(again.handle()).isEqualTo(running.handle());
    assertThat(again.restarts()).isEqualTo(1);

    dockerd.kill();
    awaitAvailability(docker, false);
    dockerd.start();
    awaitAvailability(docker, true);
    InstanceStatus afterKill =
        docker.kit.await(runs.id(), s -> s.state() != State.STARTING, "a known state");
    assertThat(afterKill.handle()).isEqualTo(running.handle());
    assertThat(docker.kit.status(stops.id()).state()).isEqualTo(State.STOPPED);
    InstanceStatus third = docker.runtime().start(runs);
    assertThat(third.state()).isEqualTo(State.RUNNING);
    DockerFixture.kill(third);
    docker
        .kit
        .events()
        .awaitChange(
            runs.id(),
            s ->
                s.state() == State.EXITED
                    && third.startedAt() != null
                    && third.startedAt().equals(s.startedAt()),
            "EXITED, from the new stream of events");
  }

  /** A containerd that is killed at the end of a container may leave the task's directory. */
  private static void replacesWhatTheEngineCanNotStart(DockerFixture docker, PrivateDockerd dockerd)
      throws Exception {
    InstanceSpec spec = spec(docker);
    InstanceStatus first = docker.runtime().start(spec);
    DockerFixture.kill(first);
    docker.kit.events().awaitChange(spec.id(), s -> s.state() == State.EXITED, "EXITED");
    Path left = dockerd.taskOf(String.valueOf(first.handle()));
    Await.until(() -> !Files.exists(left), () -> "the engine to remove " + left);
    Files.createDirectory(left);

    InstanceStatus again = docker.runtime().start(spec);

    assertThat(again.state()).isEqualTo(State.RUNNING);
    assertThat(again.handle()).isNotEqualTo(first.handle());
    assertThat(again.restarts()).isEqualTo(1);
    assertThat(docker.kit.status(spec.id())).isEqualTo(again);
  }

  private static InstanceSpec spec(DockerFixture docker) {
    return docker.kit.spec(docker.kit.workloads().longRunning()).hostNetwork().build();
  }

  private static void awaitAvailability(DockerFixture docker, boolean expected) {
    Await.until(
        () -> {
          List<Availability> seen =
              docker.kit.events().all().stream()
                  .filter(Availability.class::isInstance)
                  .map(Availability.class::cast)
                  .toList();
          return !seen.isEmpty() && seen.getLast().available() == expected;
        },
        () -> "Availability(" + expected + "); " + docker.kit.events().all());
  }
}
