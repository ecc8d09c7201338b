package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeFailure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stop signal, its grace, then SIGKILL; for all of its processes. */
interface StopContract extends ContractFixture {
  @Test
  default void stopKillsChildren() throws RuntimeFailure {
    InstanceSpec spec =
        fixture()
            .spec(workloads().spawnsChildren())
            .stop("SIGTERM", Duration.ofMillis(500))
            .build();
    fixture().runtime().start(spec);
    Await.until(
        () -> fixture().processes().size() >= 3, () -> "children; " + fixture().processes());
    fixture().runtime().stop(spec.id());
    assertThat(fixture().processes()).isEmpty();
  }

  @Test
  default void givesTimeToEnd() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().endsSlowly()).stop("SIGTERM", Duration.ofSeconds(10)).build();
    fixture().runtime().start(spec);
    awaitReady(spec.id());
    long before = System.nanoTime();
    assertThat(fixture().runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    Duration took = Duration.ofNanos(System.nanoTime() - before);
    assertThat(took).isBetween(Duration.ofMillis(250), Duration.ofSeconds(8));
    if (fixture().can(Capability.LOGS)) {
      assertThat(LogsContract.texts(fixture(), spec.id())).contains("goodbye");
    }
  }

  @Test
  default void killsWhatIgnoresTheSignalAfterTheGrace() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().ignoresTerm()).stop("SIGTERM", Duration.ofSeconds(1)).build();
    fixture().runtime().start(spec);
    awaitReady(spec.id());
    long before = System.nanoTime();
    assertThat(fixture().runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    Duration took = Duration.ofNanos(System.nanoTime() - before);
    assertThat(took).isBetween(Duration.ofMillis(900), Duration.ofSeconds(6));
    assertThat(fixture().processes()).isEmpty();
  }

  @Test
  default void sendsTheSignalOfTheSpec() throws RuntimeFailure {
    InstanceSpec spec =
        fixture().spec(workloads().endsOnUsr1()).stop("SIGUSR1", Duration.ofSeconds(20)).build();
    fixture().runtime().start(spec);
    awaitReady(spec.id());
    long before = System.nanoTime();
    fixture().runtime().stop(spec.id());
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
    if (fixture().can(Capability.LOGS)) {
      assertThat(LogsContract.texts(fixture(), spec.id())).contains("got USR1");
    }
  }

  private void awaitReady(String id) throws RuntimeFailure {
    if (fixture().can(Capability.LOGS)) {
      LogsContract.awaitLines(fixture(), id, List.of("ready"));
    }
  }
}
