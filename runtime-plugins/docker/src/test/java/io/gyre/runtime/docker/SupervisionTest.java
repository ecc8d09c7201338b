package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine restarts containers exactly while no host does. */
final class SupervisionTest {
  @TempDir Path directory;
  private DockerFixture docker;

  @BeforeEach
  void open() throws Exception {
    docker = DockerFixture.local(directory);
  }

  @AfterEach
  void close() throws Exception {
    docker.close();
  }

  @Test
  void theEngineTakesOverBetweenTwoGenerations() throws Exception {
    InstanceStatus always = start(RestartPolicy.Mode.ALWAYS);
    InstanceStatus onFailure = start(RestartPolicy.Mode.ON_FAILURE);
    InstanceStatus never = start(RestartPolicy.Mode.NEVER);
    InstanceStatus stopped = start(RestartPolicy.Mode.ALWAYS);
    docker.runtime().stop(stopped.id());
    WorkloadRuntime handing = docker.runtime();
    long before = System.nanoTime();
    handing.close(true);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    docker.kit.closeGeneration();
    assertThat(policy(always)).isEqualTo("unless-stopped");
    assertThat(policy(onFailure)).isEqualTo("on-failure");
    assertThat(policy(never)).isEmpty();
    assertThat(policy(stopped)).isEmpty();

    DockerFixture.kill(always);
    Await.until(
        () -> {
          // A container that waits for its restart counts as running, too, without a process.
          String state =
              docker.inspect(DockerFixture.handle(always), "{{.State.Status}} {{.State.Pid}}");
          return state.startsWith("running ") && !state.equals("running " + always.pid());
        },
        () -> "the engine to restart it");

    InstanceStatus after = docker.kit.status(always.id());
    assertThat(after.state()).isEqualTo(State.RUNNING);
    assertThat(after.handle()).isEqualTo(always.handle());
    assertThat(after.restarts()).isEqualTo(1);
    assertThat(docker.kit.status(onFailure.id()).pid()).isEqualTo(onFailure.pid());
    assertThat(docker.kit.status(stopped.id()).state()).isEqualTo(State.STOPPED);
    assertThat(policy(always)).isEqualTo("no");
    assertThat(policy(onFailure)).isEqualTo("no");
    DockerFixture.kill(after);
    docker.kit.awaitState(always.id(), State.EXITED);
    assertThat(docker.runtime().start(spec(always.id())).restarts()).isEqualTo(2);
  }

  @Test
  void aPlainCloseLeavesThePolicyAlone() throws Exception {
    InstanceStatus status = start(RestartPolicy.Mode.ALWAYS);
    docker.kit.closeGeneration();
    assertThat(policy(status)).isEmpty();
  }

  private String policy(InstanceStatus status) {
    return docker.inspect(DockerFixture.handle(status), "{{.HostConfig.RestartPolicy.Name}}");
  }

  private InstanceStatus start(RestartPolicy.Mode mode) throws Exception {
    RestartPolicy policy =
        new RestartPolicy(
            mode, Duration.ofMillis(500), Duration.ofSeconds(60), 0.1, Duration.ofSeconds(10));
    return docker
        .runtime()
        .start(docker.kit.spec(docker.kit.workloads().longRunning()).restart(policy).build());
  }

  private InstanceSpec spec(String id) {
    return docker.kit.spec(docker.kit.workloads().longRunning()).id(id).build();
  }
}
