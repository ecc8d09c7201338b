package io.gyre.reconciler.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.AutoscaleState.Decision;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.NetworkMode;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.WorkloadKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One look, and many of them over simulated loads. */
final class AutoscalerTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");
  private static final Duration EACH = Duration.ofSeconds(15);
  private static final Duration OVER = Duration.ofSeconds(60);
  private static final Instant BEGIN = Instant.parse("2026-11-20T12:00:00Z");

  private static Autoscale policy(int min, int max, long upSeconds, long downSeconds) {
    return new Autoscale(
        min,
        max,
        70,
        null,
        Duration.ofSeconds(upSeconds),
        Duration.ofSeconds(downSeconds),
        10,
        null);
  }

  private static DesiredDeployment desired(long generation, int replicas) {
    DeploymentSpec spec =
        new DeploymentSpec(
            "process",
            WorkloadKind.WORKER,
            null,
            new ProcessSpec(List.of("x"), null, null, "TERM", Duration.ofSeconds(1)),
            Map.of(),
            List.of(),
            List.of(),
            Map.of(),
            new Resources(1000L, null, null, null),
            List.of(),
            NetworkMode.BRIDGE);
    return new DesiredDeployment(
        WEB, "u-1", generation, 1, replicas, 0, false, spec, BEGIN, BEGIN, "c-1");
  }

  /** A deployment under a load, whose API and instances may be slow to follow. */
  private static final class World {
    final Autoscale policy;
    int replicas;
    long generation = 1;
    int ready;
    Instant now = BEGIN;
    @Nullable AutoscaleState state;
    boolean apiAway;
    boolean samplesMissing;
    boolean instancesSlow;
    final List<Decision> decisions = new ArrayList<>();

    World(Autoscale policy, int replicas) {
      this.policy = policy;
      this.replicas = replicas;
      this.ready = replicas;
    }

    /** A round in which all instances together need so many cores. */
    void round(double cores) {
      now = now.plus(EACH);
      double each = Math.min(ready == 0 ? 0 : cores / ready, 2);
      List<Load> loads = Collections.nCopies(samplesMissing ? 0 : ready, new Load(each, null));
      @Nullable AutoscaleState before = state;
      AutoscaleState after =
          Autoscaler.look(desired(generation, replicas), policy, before, loads, EACH, OVER, now);
      state = after;
      Decision decision = after.decision();
      if (decision != null && (before == null || !decision.equals(before.decision()))) {
        decisions.add(decision);
      }
      if (Autoscaler.pending(after, desired(generation, replicas)) && !apiAway) {
        replicas = Objects.requireNonNull(decision).to();
        generation++;
      }
      assertThat(replicas).isBetween(policy.min(), policy.max());
      // Instances come a round later, and go at once.
      ready = instancesSlow ? Math.min(ready, replicas) : replicas;
    }

    void rounds(int count, IntToDoubleFunction cores) {
      for (int i = 0; i < count; i++) {
        round(cores.applyAsDouble(i));
      }
    }

    List<String> text() {
      return decisions.stream().map(decision -> decision.from() + "->" + decision.to()).toList();
    }

    int turns() {
      int turns = 0;
      for (int i = 1; i < decisions.size(); i++) {
        boolean up = decisions.get(i).to() > decisions.get(i).from();
        boolean wasUp = decisions.get(i - 1).to() > decisions.get(i - 1).from();
        turns += up == wasUp ? 0 : 1;
      }
      return turns;
    }
  }

  @Test
  void aStepUpIsFollowedAfterTheCooldownAndAStepDownAfterItsOwn() {
    World world = new World(policy(1, 10, 30, 300), 2);
    world.rounds(20, i -> 1.4);
    assertThat(world.text()).isEmpty();
    world.rounds(1, i -> 3.64);
    assertThat(world.text()).as("not before the cooldown is over").isEmpty();
    world.rounds(20, i -> 3.64);
    assertThat(world.text()).containsExactly("2->6");
    assertThat(world.decisions.getFirst().reason()).isEqualTo("cpu 182% of 70% over 60 s: 2 -> 6");
    world.rounds(19, i -> 0.9);
    assertThat(world.text()).as("not before the cooldown is over").hasSize(1);
    world.rounds(2, i -> 0.9);
    assertThat(world.text()).containsExactly("2->6", "6->2");
    assertThat(world.decisions.getLast().reason())
        .isEqualTo("cpu 15% of 70% over 60 s, no more needed for 300 s: 6 -> 2");
    world.rounds(200, i -> 0.9);
    assertThat(world.text()).hasSize(2);
  }

  @Test
  void theBoundsAreKeptAndSaid() {
    World world = new World(policy(2, 6, 0, 0), 2);
    world.rounds(3, i -> 50);
    assertThat(world.text()).containsExactly("2->6");
    assertThat(world.decisions.getLast().reason())
        .isEqualTo("cpu 200% of 70% over 60 s: 2 -> 6, max 6");
    world.rounds(3, i -> 0);
    assertThat(world.replicas).isEqualTo(2);
    assertThat(world.decisions.getLast().reason())
        .isEqualTo("cpu 0% of 70% over 60 s, no more needed for 0 s: 6 -> 2, min 2");
  }

  @Test
  void theNumberAtMostDoublesOrGrowsByFour() {
    World world = new World(policy(1, 100, 0, 300), 1);
    world.rounds(6, i -> 70);
    assertThat(world.text().subList(0, 2)).containsExactly("1->3", "3->7");
    for (Decision decision : world.decisions) {
      assertThat(decision.to())
          .isLessThanOrEqualTo(Math.max(decision.from() * 2, decision.from() + 4));
    }
  }

  @Test
  void whatIsNotReadyYetIsNotWaitedForWithEvenMore() {
    World world = new World(policy(1, 50, 0, 300), 2);
    world.instancesSlow = true;
    world.rounds(40, i -> 3.64);
    assertThat(world.text()).containsExactly("2->6");
    world.instancesSlow = false;
    world.rounds(40, i -> 3.64);
    assertThat(world.text()).containsExactly("2->6");
  }

  @Test
  void aPeakThatIsShorterThanTheCooldownIsLetPass() {
    World world = new World(policy(1, 10, 60, 300), 2);
    world.rounds(100, i -> i % 10 < 3 ? 4 : 1.0);
    assertThat(world.text()).isEmpty();
  }

  @Test
  void noiseWithinTheToleranceChangesNothing() {
    Random random = new Random(1);
    World world = new World(policy(1, 50, 0, 0), 10);
    world.rounds(2000, i -> 7 * (0.91 + 0.18 * random.nextDouble()));
    assertThat(world.text()).isEmpty();
  }

  @Test
  void anyConstantLoadIsFoundAndKept() {
    Random random = new Random(2);
    for (int trial = 0; trial < 300; trial++) {
      World world = new World(policy(1, 40, 15L * random.nextInt(5), 60L * random.nextInt(6)), 1);
      world.instancesSlow = random.nextBoolean();
      double cores = random.nextDouble() * 25;
      world.replicas = 1 + random.nextInt(40);
      world.ready = world.replicas;
      world.rounds(100, i -> cores);
      world.instancesSlow = false;
      world.rounds(200, i -> cores);
      double each = cores / world.replicas;
      boolean right = each <= 0.7 * 1.1 + 1e-6 || world.replicas == 40;
      assertThat(right).as("%s cores on %s replicas", cores, world.replicas).isTrue();
      int settled = world.decisions.size();
      world.rounds(500, i -> cores);
      assertThat(world.decisions).as("%s cores: %s", cores, world.text()).hasSize(settled);
      assertThat(world.turns()).as("%s cores: %s", cores, world.text()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void aNoisyLoadLeadsToNoMoreThanOneTurnInEachCooldown() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      World world = new World(policy(1, 40, 30, 300), 5);
      int rounds = 2000;
      world.rounds(rounds, i -> 7 * (0.5 + random.nextDouble()));
      long cooldowns = EACH.multipliedBy(rounds).toSeconds() / 300;
      assertThat(world.turns()).isLessThanOrEqualTo((int) (2 * cooldowns));
      // The peaks are known after a while: it stays where it can bear them.
      int settled = world.decisions.size();
      world.rounds(rounds, i -> 7 * (0.5 + random.nextDouble()));
      assertThat(world.decisions.size() - settled).as("%s", world.text()).isLessThan(rounds / 40);
    }
  }

  @Test
  void aSawtoothThatIsFasterThanTheCooldownDownIsFollowedUpOnly() {
    World world = new World(policy(1, 20, 0, 300), 2);
    world.rounds(400, i -> 1 + (i % 16) * 0.5);
    assertThat(world.turns()).isZero();
    assertThat(world.replicas).isBetween(10, 13);
  }

  @Test
  void aSlowSawtoothIsFollowedBothWaysOncePerTooth() {
    World world = new World(policy(1, 20, 0, 300), 2);
    int period = 160;
    world.rounds(period * 6, i -> 1 + 8.0 * (i % period) / period);
    assertThat(world.turns()).isBetween(10, 12);
  }

  @Test
  void whileNothingIsKnownNothingIsDecidedAndTheCooldownBeginsAnew() {
    World world = new World(policy(1, 10, 30, 300), 6);
    world.rounds(18, i -> 0.5);
    world.samplesMissing = true;
    world.rounds(200, i -> 0.5);
    assertThat(world.text()).isEmpty();
    assertThat(Objects.requireNonNull(world.state).message()).contains("nothing is known");
    world.samplesMissing = false;
    world.rounds(19, i -> 0.5);
    assertThat(world.text()).as("what was before the gap doesn't count").isEmpty();
    world.rounds(3, i -> 0.5);
    assertThat(world.text()).containsExactly("6->1");
  }

  @Test
  void aDecisionThatNobodyFollowsStaysUntilTheLoadIsAnother() {
    World world = new World(policy(1, 10, 0, 60), 2);
    world.apiAway = true;
    world.rounds(50, i -> 3.64);
    assertThat(world.text()).as("one decision, told again and again").containsExactly("2->6");
    assertThat(Autoscaler.pending(world.state, desired(1, 2))).isTrue();
    world.rounds(50, i -> 1.4);
    assertThat(Autoscaler.pending(world.state, desired(1, 2))).as("not wanted any more").isFalse();
    world.apiAway = false;
    world.rounds(50, i -> 1.4);
    assertThat(world.replicas).isEqualTo(2);
  }

  @Test
  void anotherDeploymentOfTheNameBeginsAnew() {
    World world = new World(policy(1, 10, 0, 300), 6);
    world.rounds(30, i -> 0.5);
    assertThat(world.text()).containsExactly("6->1");
    AutoscaleState old = Objects.requireNonNull(world.state);
    AutoscaleState other =
        new AutoscaleState(
            WEB, "u-0", old.lookedAt(), old.fewest(), old.most(), 1, null, "", old.decision());
    AutoscaleState after =
        Autoscaler.look(
            desired(1, 6),
            world.policy,
            other,
            List.of(new Load(0.0, null)),
            EACH,
            OVER,
            world.now.plus(EACH));
    assertThat(after.decision()).isNull();
    assertThat(after.uid()).isEqualTo("u-1");
  }

  @Test
  void aClockThatWasSetBackBeginsAnew() {
    World world = new World(policy(1, 10, 30, 300), 6);
    world.rounds(19, i -> 0.5);
    world.now = world.now.minus(Duration.ofHours(2));
    world.rounds(19, i -> 0.5);
    assertThat(world.text()).isEmpty();
    world.rounds(3, i -> 0.5);
    assertThat(world.text()).containsExactly("6->1");
  }

  @Test
  void whatIsRememberedIsLittle() {
    Random random = new Random(3);
    World world = new World(policy(1, 1000, 3600, 3600), 500);
    world.rounds(2000, i -> 700 * random.nextDouble());
    AutoscaleState state = Objects.requireNonNull(world.state);
    assertThat(state.most().size() + state.fewest().size()).isLessThan(100);
  }
}
