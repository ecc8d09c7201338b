package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStats;
import io.gyre.runtime.spi.InstanceStats.Usage;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What instances use. */
interface StatsContract extends ContractFixture {
  /** Some work, then rest: 100 ms of it at least on any machine that runs these tests. */
  String WORKS =
      "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo worked; " + Workloads.STAYS;

  @Test
  default void tellsWhatItAnnounces() throws RuntimeFailure {
    assertThat(fixture().runtime().ability(InstanceStats.class).isPresent())
        .isEqualTo(fixture().can(Capability.STATS));
  }

  @Test
  default void tellsWhatAWorkingInstanceUses() throws RuntimeFailure {
    if (!fixture().can(Capability.STATS)) {
      return;
    }
    InstanceSpec works = fixture().spec(workloads().shell(WORKS)).build();
    InstanceSpec rests = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(works);
    fixture().runtime().start(rests);
    Usage worked =
        Await.value(
            () -> usage(works.id()).filter(u -> u.cpuNanos() >= 50_000_000),
            () -> "the processor time of " + works.id());
    Usage rested = Await.value(() -> usage(rests.id()), () -> "what " + rests.id() + " uses");
    assertThat(rested.cpuNanos()).isLessThan(worked.cpuNanos());
    assertThat(worked.memoryBytes()).isBetween(10L << 10, 256L << 20);
    assertThat(rested.memoryBytes()).isBetween(10L << 10, 256L << 20);
  }

  @Test
  default void countsOnAcrossARestartOrFromANewOrigin() throws RuntimeFailure {
    if (!fixture().can(Capability.STATS)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().shell(WORKS)).build();
    fixture().runtime().start(spec);
    Usage before =
        Await.value(
            () -> usage(spec.id()).filter(u -> u.cpuNanos() >= 50_000_000),
            () -> "its processor time");
    long pid = Objects.requireNonNull(fixture().status(spec.id()).pid());
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    if (!fixture().can(Capability.SELF_RESTART)) {
      fixture().awaitState(spec.id(), InstanceStatus.State.EXITED);
      fixture().runtime().start(spec);
    }
    Usage after =
        Await.value(
            () -> usage(spec.id()).filter(u -> u.at().isAfter(before.at())),
            () -> "what it uses after a restart");
    assertThat(after.origin() != before.origin() || after.cpuNanos() >= before.cpuNanos())
        .as("%s, then %s", before, after)
        .isTrue();
  }

  @Test
  default void leavesOutWhatDoesNotRun() throws RuntimeFailure {
    if (!fixture().can(Capability.STATS)) {
      return;
    }
    InstanceSpec stopped = fixture().spec(workloads().longRunning()).build();
    InstanceSpec runs = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(stopped);
    fixture().runtime().start(runs);
    fixture().runtime().stop(stopped.id());
    List<Usage> told =
        fixture()
            .ability(InstanceStats.class)
            .usage(Set.of(stopped.id(), runs.id(), fixture().mark() + "-none"));
    assertThat(told).extracting(Usage::id).containsExactly(runs.id());
    assertThat(fixture().ability(InstanceStats.class).usage(Set.of())).isEmpty();
  }

  private Optional<Usage> usage(String id) throws RuntimeFailure {
    return fixture().ability(InstanceStats.class).usage(Set.of(id)).stream().findFirst();
  }
}
