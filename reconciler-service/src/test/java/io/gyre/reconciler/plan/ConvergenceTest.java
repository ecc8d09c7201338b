package io.gyre.reconciler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.WorkloadKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Plays random changes and faults against the planner and a simulated runtime, then lets it settle:
 * the desired state is always reached, and a rollout that meets no fault never has fewer ready
 * instances than wanted.
 */
final class ConvergenceTest {
  private static final DeploymentKey KEY = new DeploymentKey("default", "web");
  private static final int ROUNDS = 400;

  @Test
  void everySequenceOfChangesAndFaultsConverges() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      World world = new World(new Random(seed));
      for (int step = 0; step < 60; step++) {
        world.change();
        world.tick();
      }
      for (int step = 0; step < 60; step++) {
        world.tick();
      }
      world.assertConverged("seed " + seed);
    }
  }

  @Test
  void aRolloutWithoutFaultsNeverServesLessThanWanted() {
    for (int replicas = 1; replicas <= 9; replicas++) {
      World world = new World(new Random(replicas));
      world.replicas = replicas;
      for (int i = 0; i < 20; i++) {
        world.tick();
      }
      world.revision++;
      int most = 0;
      for (int i = 0; i < 200; i++) {
        world.tick();
        long ready = world.rows.values().stream().filter(InstanceRecord::ready).count();
        assertThat(ready).as("ready of %d", replicas).isGreaterThanOrEqualTo(replicas);
        most = Math.max(most, world.rows.size());
      }
      assertThat(most).isLessThanOrEqualTo(replicas + Math.max(1, (replicas + 3) / 4));
      world.assertConverged(replicas + " replicas");
    }
  }

  /** A deployment and a runtime that carries out one command of each instance a tick. */
  private static final class World {
    private final Random random;
    private final Map<InstanceId, InstanceRecord> rows = new TreeMap<>();
    private final Set<InstanceId> busy = new HashSet<>();
    private final List<Runnable> commands = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long revision = 1;
    private int replicas = 1;
    private boolean ports;
    private boolean deleted;
    private int ids;

    World(Random random) {
      this.random = random;
    }

    void change() {
      switch (random.nextInt(12)) {
        case 0 -> replicas = ports ? random.nextInt(2) : random.nextInt(6);
        case 1 -> {
          revision++;
          ports = random.nextInt(4) == 0;
          replicas = ports ? Math.min(1, replicas) : replicas;
        }
        case 2 -> deleted = !deleted && random.nextInt(4) == 0;
        case 3 -> disturb(InstanceState.EXITED);
        case 4 -> disturb(InstanceState.FAILED);
        case 5 -> disturb(InstanceState.PENDING);
        case 6 -> {
          // The host was killed: what was commanded is forgotten.
          commands.clear();
          busy.clear();
        }
        default -> {}
      }
    }

    private void disturb(InstanceState state) {
      for (InstanceRecord row : List.copyOf(rows.values())) {
        if (!row.removing() && random.nextInt(3) == 0) {
          put(row, state, false, false, row.startedAt());
        }
      }
    }

    void tick() {
      now = now.plus(Duration.ofMillis(700));
      List<Runnable> due = List.copyOf(commands);
      commands.clear();
      due.forEach(Runnable::run);
      Plan plan = Planner.plan(desired(), List.copyOf(rows.values()), Set.copyOf(busy), now);
      for (Step step : plan.steps()) {
        switch (step) {
          case Step.Create create -> {
            InstanceId id = new InstanceId("i" + (1000 + ids++));
            rows.put(
                id,
                row(
                    id,
                    create.revision(),
                    create.ordinal(),
                    InstanceState.PENDING,
                    false,
                    false,
                    null));
            start(id);
          }
          case Step.Start start -> start(start.instance());
          case Step.Restart restart -> start(restart.instance());
          case Step.Remove remove -> {
            InstanceRecord row = Objects.requireNonNull(rows.get(remove.instance()));
            put(row, InstanceState.STOPPING, false, true, row.startedAt());
            busy.add(remove.instance());
            commands.add(
                () -> {
                  rows.remove(remove.instance());
                  busy.remove(remove.instance());
                });
          }
          case Step.Forget forget -> assertThat(rows).isEmpty();
        }
      }
    }

    private void start(InstanceId id) {
      busy.add(id);
      commands.add(
          () -> {
            busy.remove(id);
            InstanceRecord row = rows.get(id);
            if (row != null && !row.removing()) {
              put(row, InstanceState.RUNNING, true, false, now);
            }
          });
    }

    void assertConverged(String what) {
      int wanted = deleted ? 0 : replicas;
      assertThat(rows.values()).as(what).hasSize(wanted);
      assertThat(rows.values())
          .as(what)
          .allSatisfy(
              row -> {
                assertThat(row.ready()).isTrue();
                assertThat(row.revision()).isEqualTo(revision);
              });
      Plan plan = Planner.plan(desired(), List.copyOf(rows.values()), Set.of(), now);
      assertThat(plan.steps().stream().filter(s -> !(s instanceof Step.Forget)))
          .as(what + ": nothing is left to do")
          .isEmpty();
    }

    private DesiredDeployment desired() {
      DeploymentSpec spec =
          new DeploymentSpec(
              "process",
              WorkloadKind.WORKER,
              null,
              new ProcessSpec(List.of("x"), null, null, "TERM", Duration.ofSeconds(1)),
              Map.of(),
              List.of(),
              ports
                  ? List.of(new PortMapping(80, 80, "0.0.0.0", PortMapping.Protocol.TCP))
                  : List.of(),
              Map.of(),
              Resources.NONE,
              List.of(),
              NetworkMode.BRIDGE);
      return new DesiredDeployment(
          KEY, "u", 1, revision, replicas, 0, deleted, spec, now, now, "c");
    }

    private void put(
        InstanceRecord row,
        InstanceState state,
        boolean ready,
        boolean removing,
        @Nullable Instant startedAt) {
      rows.put(
          row.id(),
          row(row.id(), row.revision(), row.ordinal(), state, ready, removing, startedAt));
    }

    private InstanceRecord row(
        InstanceId id,
        long rev,
        int ordinal,
        InstanceState state,
        boolean ready,
        boolean removing,
        @Nullable Instant startedAt) {
      return new InstanceRecord(
          id,
          KEY,
          rev,
          ordinal,
          "process",
          removing,
          state,
          ready,
          null,
          null,
          null,
          List.of(),
          0,
          0,
          Instant.EPOCH,
          startedAt,
          null,
          null,
          null,
          null,
          "c",
          now);
    }
  }
}
