package io.gyre.reconciler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.InstanceId;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.RolloutPolicy.Amount;
import io.gyre.model.RolloutPolicy.Strategy;
import io.gyre.model.RolloutRecord.State;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Plays random changes and faults against the planner and a simulated runtime, then lets it settle:
 * what is wanted, or what was healthy before it, is always reached, and rollouts keep the bounds of
 * their policy.
 */
final class ConvergenceTest {
  private static final int ROUNDS = 3000;

  @Test
  void everySequenceOfChangesAndFaultsConverges() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      World world = new World(random);
      world.policy = policy(random);
      for (int step = 0; step < 60; step++) {
        world.change();
        world.tick();
      }
      world.ticks(100);
      world.assertConverged("seed " + seed);
    }
  }

  @Test
  void whatIsStoppedAtAnyMomentStopsAndRunsAgain() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      World world = new World(random);
      world.replicas = random.nextInt(5);
      world.policy = policy(random);
      world.ticks(20);
      if (random.nextBoolean()) {
        world.apply();
      }
      world.ticks(random.nextInt(6));
      world.halted = true;
      for (int step = 0; step < 20; step++) {
        if (random.nextInt(3) == 0) {
          world.disturb();
        }
        world.tick();
      }
      world.ticks(10);
      world.assertConverged("stopped, seed " + seed);
      world.halted = false;
      world.ticks(100);
      world.assertConverged("started, seed " + seed);
    }
  }

  @Test
  void aRolloutWithoutFaultsKeepsTheBoundsOfItsPolicy() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      World world = new World(random);
      world.replicas = 1 + random.nextInt(9);
      world.policy = policy(random);
      world.ticks(20);
      world.apply();
      boundedTicks(world, 200, "seed " + seed);
      world.assertConverged("seed " + seed);
      assertThat(world.state(2)).isEqualTo(State.COMPLETE);
    }
  }

  @Test
  void aBrokenRevisionIsRolledBackWithoutLosingAServingInstance() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      World world = new World(random);
      world.replicas = 1 + random.nextInt(9);
      world.policy = policy(random);
      world.apiFollows = random.nextBoolean();
      world.ticks(30);
      world.apply();
      world.broken.add(2L);
      boundedTicks(world, 60, "seed " + seed);
      assertThat(world.of(1)).as("seed %d", seed).hasSize(world.replicas);
      assertThat(world.ready()).isEqualTo(world.replicas);
      assertThat(world.state(2)).isEqualTo(State.ROLLED_BACK);
      assertThat(world.told()).containsOnlyOnce("rollout_rolled_back");
      world.assertConverged("seed " + seed);
    }
  }

  @Test
  void whatNeverServesIsRolledBackAtTheDeadline() {
    World world = new World(new Random(1));
    world.replicas = 3;
    world.policy =
        new RolloutPolicy(
            Strategy.ROLLING,
            new Amount(1, false),
            new Amount(0, false),
            Duration.ofSeconds(10),
            true,
            1,
            Duration.ZERO);
    world.ticks(10);
    world.deaf.add(2L);
    world.apply();
    world.ticks(10);
    assertThat(world.state(2)).isEqualTo(State.PROGRESSING);
    assertThat(world.ready()).isEqualTo(3);
    world.ticks(30);
    assertThat(world.state(2)).isEqualTo(State.ROLLED_BACK);
    world.assertConverged("after the deadline");
  }

  @Test
  void aFixAppliedDuringARolloutNeverKillsTheHealthyRevision() {
    World world = new World(new Random(1));
    world.replicas = 4;
    world.ticks(10);
    Set<InstanceId> healthy = world.of(1);
    world.deaf.add(2L);
    world.apply();
    world.ticks(5);
    world.deaf.add(3L);
    world.apply();
    world.ticks(20);
    assertThat(world.of(1)).isEqualTo(healthy);
    assertThat(world.state(2)).isEqualTo(State.SUPERSEDED);
    assertThat(world.of(2)).isEmpty();
    world.apply();
    boundedTicks(world, 60, "the fix");
    world.assertConverged("the fix");
    assertThat(world.revision).isEqualTo(4);
  }

  @Test
  void aPausedRolloutMovesNothing() {
    World world = new World(new Random(1));
    world.replicas = 4;
    world.ticks(10);
    world.apply();
    world.ticks(2);
    world.paused = true;
    world.ticks(5);
    Set<InstanceId> before = new HashSet<>(world.rows.keySet());
    world.ticks(2000);
    assertThat(world.rows.keySet()).isEqualTo(before);
    assertThat(world.state(2)).isEqualTo(State.PROGRESSING);
  }

  @Test
  void aCanaryWaitsForAWord() {
    World world = new World(new Random(1));
    world.replicas = 4;
    world.policy =
        new RolloutPolicy(
            Strategy.CANARY,
            new Amount(50, true),
            new Amount(0, false),
            Duration.ofMinutes(1),
            true,
            1,
            Duration.ZERO);
    world.ticks(10);
    world.apply();
    world.ticks(500);
    assertThat(world.state(2)).isEqualTo(State.CANARY);
    assertThat(world.of(1)).hasSize(4);
    assertThat(world.of(2)).hasSize(1);
    world.promoted = 2;
    boundedTicks(world, 60, "promoted");
    world.assertConverged("promoted");
    assertThat(world.state(2)).isEqualTo(State.COMPLETE);
  }

  @Test
  void whatDrainsIsStoppedWhenItsTimeIsOverAndServesNobodyMeanwhile() {
    World world = new World(new Random(1));
    world.replicas = 3;
    world.policy = draining(Duration.ofSeconds(7));
    world.ticks(10);
    Set<InstanceId> old = world.of(1);
    world.apply();
    boundedTicks(world, 6, "rolling");
    assertThat(world.rows.values())
        .filteredOn(row -> old.contains(row.id()) && row.draining())
        .isNotEmpty()
        .allSatisfy(row -> assertThat(row.ready()).isFalse());
    assertThat(world.rows.keySet()).as("none of them was stopped").containsAll(old);
    boundedTicks(world, 100, "drained");
    assertThat(world.rows.keySet()).doesNotContainAnyElementsOf(old);
    world.assertConverged("drained");
    assertThat(world.state(2)).isEqualTo(State.COMPLETE);
  }

  @Test
  void aDrainLongerThanTheDeadlineFailsNoRollout() {
    World world = new World(new Random(1));
    world.replicas = 2;
    world.policy = draining(Duration.ofMinutes(30));
    world.ticks(10);
    world.apply();
    world.ticks(4000);
    assertThat(world.state(2)).isEqualTo(State.COMPLETE);
    world.assertConverged("after half an hour");
  }

  private static RolloutPolicy draining(Duration drain) {
    return new RolloutPolicy(
        Strategy.ROLLING,
        new Amount(1, false),
        new Amount(0, false),
        Duration.ofMinutes(1),
        true,
        1,
        drain);
  }

  @Test
  void aBrokenFirstRevisionFailsAndServesAfterAll() {
    World world = new World(new Random(1));
    world.broken.add(1L);
    world.ticks(10);
    assertThat(world.state(1)).isEqualTo(State.FAILED);
    world.broken.clear();
    world.rows.values().removeIf(row -> true);
    world.ticks(10);
    assertThat(world.state(1)).isEqualTo(State.COMPLETE);
  }

  private static void boundedTicks(World world, int count, String what) {
    int least = world.replicas - world.policy.unavailable(world.replicas);
    int most = world.replicas + world.policy.surge(world.replicas);
    for (int i = 0; i < count; i++) {
      world.tick();
      assertThat(world.ready()).as(what + ": ready").isGreaterThanOrEqualTo(least);
      assertThat(world.live()).as(what + ": instances").isLessThanOrEqualTo(most);
    }
  }

  private static RolloutPolicy policy(Random random) {
    return new RolloutPolicy(
        Strategy.ROLLING,
        amount(random),
        amount(random),
        Duration.ofMinutes(1 + random.nextInt(10)),
        true,
        1,
        Duration.ofSeconds(random.nextBoolean() ? 0 : random.nextInt(5)));
  }

  private static Amount amount(Random random) {
    return random.nextBoolean()
        ? new Amount(random.nextInt(101), true)
        : new Amount(random.nextInt(4), false);
  }
}
