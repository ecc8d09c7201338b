package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeEvent.Availability;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine's connection breaks, its socket goes, it stops to answer. */
final class EngineGapTest {
  @TempDir Path directory;
  private EngineProxy proxy;
  private DockerFixture docker;

  @BeforeEach
  void open() throws Exception {
    TestEngine engine = TestEngine.require();
    proxy = new EngineProxy(directory.resolve("docker.sock"), request -> {});
    docker = new DockerFixture(directory, engine, Map.of("host", proxy.host()));
  }

  @AfterEach
  void close() throws Exception {
    try {
      proxy.close();
      proxy.appear();
      docker.close();
    } finally {
      proxy.close();
    }
  }

  @Test
  void whatHappensWhileTheEngineIsAwayIsReported() throws Exception {
    InstanceSpec dies = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    InstanceSpec vanishes = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    InstanceSpec stays = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    InstanceStatus dying = docker.runtime().start(dies);
    InstanceStatus vanishing = docker.runtime().start(vanishes);
    InstanceStatus staying = docker.runtime().start(stays);
    proxy.vanish();
    awaitAvailability(false);
    RuntimeFailure failure =
        catchThrowableOfType(RuntimeFailure.class, () -> docker.runtime().list());
    assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(failure.code()).isEqualTo("engine_unavailable");
    assertThat(failure.hint()).contains("systemctl start docker");
    RuntimeFailure start =
        catchThrowableOfType(RuntimeFailure.class, () -> docker.runtime().start(stays));
    assertThat(start.kind()).as("never from memory").isEqualTo(Kind.UNAVAILABLE);
    docker.engine.docker("kill", DockerFixture.handle(dying));
    docker.engine.docker("rm", "-f", DockerFixture.handle(vanishing));

    proxy.appear();
    awaitAvailability(true);
    InstanceStatus died =
        docker.kit.events().awaitChange(dies.id(), s -> s.state() == State.EXITED, "EXITED");
    assertThat(DockerFixture.exitCode(died)).isEqualTo(137);
    docker.kit.events().awaitGone(vanishes.id());
    assertThat(docker.kit.status(stays.id())).isEqualTo(staying);
  }

  @Test
  void aBrokenStreamIsNoAbsence() throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    InstanceStatus status = docker.runtime().start(spec);
    proxy.cut();
    docker.engine.docker("kill", DockerFixture.handle(status));
    docker.kit.events().awaitChange(spec.id(), s -> s.state() == State.EXITED, "EXITED");
    assertThat(docker.kit.events().all()).noneMatch(Availability.class::isInstance);
  }

  @Test
  void aSilentEngineDoesNotHoldACallForEver() throws Exception {
    proxy.fallSilent(true);
    try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        EngineHttp http =
            new EngineHttp(EngineAddress.parse(proxy.host()), timer, Duration.ofMillis(200))) {
      long before = System.nanoTime();
      assertThatThrownBy(
              () -> http.exchange("GET", "/_ping", Map.of(), null, Duration.ofMillis(200)))
          .isInstanceOf(EngineConnection.EngineTimeout.class);
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isBetween(Duration.ofMillis(190), Duration.ofSeconds(5));
    }
    proxy.fallSilent(false);
  }

  @Test
  void anAbsentEngineIsSaidAtOnce() throws Exception {
    proxy.vanish();
    try (TestRuntimeContext context =
        new TestRuntimeContext(directory, Map.of("host", proxy.host()), "t")) {
      long before = System.nanoTime();
      RuntimeFailure failure =
          catchThrowableOfType(RuntimeFailure.class, () -> new DockerRuntimePlugin().open(context));
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
      assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(failure).hasMessageContaining(proxy.host());
    }
  }

  @Test
  void unknownSettingsAreRefused() throws Exception {
    try (var context = new TestRuntimeContext(directory, Map.of("hots", "unix:///x"), "t")) {
      RuntimeFailure failure =
          catchThrowableOfType(RuntimeFailure.class, () -> new DockerRuntimePlugin().open(context));
      assertThat(failure.kind()).isEqualTo(Kind.INVALID);
      assertThat(failure).hasMessageContaining("hots");
    }
  }

  private void awaitAvailability(boolean expected) {
    Await.until(
        () -> {
          List<RuntimeEvent> seen =
              docker.kit.events().all().stream().filter(Availability.class::isInstance).toList();
          return !seen.isEmpty() && ((Availability) seen.getLast()).available() == expected;
        },
        () -> "Availability(" + expected + "); " + docker.kit.events().all());
  }
}
