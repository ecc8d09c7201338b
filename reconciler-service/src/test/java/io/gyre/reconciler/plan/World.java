package io.gyre.reconciler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Halt;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.RolloutRecord;
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

/**
 * A deployment, its planner, a user, an API that follows rollbacks after a while, and a runtime
 * that carries out one command of each instance a tick.
 */
final class World {
  private static final DeploymentKey KEY = new DeploymentKey("default", "web");

  final Map<InstanceId, InstanceRecord> rows = new TreeMap<>();
  final Map<Long, RolloutRecord> rollouts = new TreeMap<>();

  /** Revisions whose instances crash in a loop instead of serving. */
  final Set<Long> broken = new HashSet<>();

  /** Revisions whose instances run but never serve. */
  final Set<Long> deaf = new HashSet<>();

  private final Random random;
  private final Set<InstanceId> busy = new HashSet<>();
  private final List<Runnable> commands = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private Instant changedAt = now;
  RolloutPolicy policy = RolloutPolicy.DEFAULT;
  long revision = 1;
  long newest = 1;
  long promoted;
  int replicas = 1;
  boolean ports;
  boolean deleted;
  boolean paused;
  boolean halted;

  /** Whether the API hears of rollbacks. */
  boolean apiFollows = true;

  private int ids;

  World(Random random) {
    this.random = random;
  }

  void apply() {
    revision = ++newest;
    halted = false;
    changedAt = now;
  }

  void ticks(int count) {
    for (int i = 0; i < count; i++) {
      tick();
    }
  }

  List<String> told() {
    return told;
  }

  RolloutRecord.State state(long of) {
    return Objects.requireNonNull(rollouts.get(of)).state();
  }

  long ready() {
    return rows.values().stream().filter(InstanceRecord::ready).count();
  }

  long live() {
    return rows.values().stream().filter(row -> !row.removing()).count();
  }

  Set<InstanceId> of(long wanted) {
    Set<InstanceId> found = new HashSet<>();
    rows.values().stream()
        .filter(row -> row.revision() == wanted && !row.removing())
        .forEach(row -> found.add(row.id()));
    return found;
  }

  void change() {
    switch (random.nextInt(13)) {
      case 0 -> replicas = ports ? random.nextInt(2) : random.nextInt(6);
      case 1 -> {
        apply();
        if (random.nextInt(3) == 0) {
          broken.add(newest);
        }
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
      case 7 -> revision = 1 + random.nextLong(newest);
      default -> {}
    }
  }

  /** Somebody, or something, disturbs instances. */
  void disturb() {
    InstanceState[] states = {
      InstanceState.EXITED, InstanceState.FAILED, InstanceState.PENDING, InstanceState.RUNNING
    };
    disturb(states[random.nextInt(states.length)]);
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
    Course course = course();
    course.changed().forEach(row -> rollouts.put(row.revision(), row));
    course.notes().forEach(note -> told.add(note.reason()));
    DesiredDeployment run = desired();
    if (course.revision() != revision) {
      run = run.running(course.revision(), run.spec());
      if (apiFollows && random.nextInt(4) == 0) {
        long healthy = course.revision();
        commands.add(() -> revision = healthy);
      }
    }
    Plan plan =
        Planner.plan(run, course.stable(), null, List.copyOf(rows.values()), Set.copyOf(busy), now);
    plan.steps().forEach(this::carryOut);
  }

  Course course() {
    Set<Long> stored = new HashSet<>();
    for (long each = 1; each <= newest; each++) {
      stored.add(each);
    }
    return Navigator.course(
        desired(),
        rollouts.values(),
        stored,
        List.copyOf(rows.values()),
        Map.of(),
        Duration.ofDays(1),
        now);
  }

  private void carryOut(Step step) {
    switch (step) {
      case Step.Create create -> {
        InstanceId id = new InstanceId("i" + (1000 + ids++));
        InstanceState pending = InstanceState.PENDING;
        rows.put(id, row(id, create.revision(), create.ordinal(), pending, false, false, null));
        start(id);
      }
      case Step.CreateWaiting waiting ->
          throw new AssertionError("this host has room for all: " + waiting);
      case Step.Start start -> start(start.instance());
      case Step.Restart restart -> start(restart.instance());
      case Step.Drain drain -> {
        InstanceRecord row = Objects.requireNonNull(rows.get(drain.instance()));
        assertThat(row.removing()).isFalse();
        InstanceState state = drain.removes() ? InstanceState.STOPPING : row.state();
        rows.put(row.id(), draining(row, state, drain.removes(), drain.until()));
      }
      case Step.Stop stop -> {
        InstanceId id = stop.instance();
        InstanceRecord row = Objects.requireNonNull(rows.get(id));
        put(row, InstanceState.STOPPING, false, false, row.startedAt());
        busy.add(id);
        commands.add(
            () -> {
              busy.remove(id);
              InstanceRecord now = rows.get(id);
              if (now != null && !now.removing()) {
                put(now, InstanceState.STOPPED, false, false, now.startedAt());
              }
            });
      }
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
      case Step.Forget forget -> {
        assertThat(rows).isEmpty();
        rollouts.clear();
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
            boolean crashes = broken.contains(row.revision());
            boolean serves = !crashes && !deaf.contains(row.revision());
            put(
                row,
                crashes ? InstanceState.CRASH_LOOPING : InstanceState.RUNNING,
                serves,
                false,
                now);
          }
        });
  }

  /** What is wanted serves, or what was healthy before where that is broken. */
  void assertConverged(String what) {
    if (halted && !deleted) {
      assertThat(rows.values())
          .as(what)
          .allSatisfy(row -> assertThat(row.state()).isEqualTo(InstanceState.STOPPED));
      assertThat(
              Planner.plan(desired(), 0, null, List.copyOf(rows.values()), Set.of(), now).steps())
          .as(what + ": nothing is left to do")
          .isEmpty();
      return;
    }
    long serving = course().revision();
    int wanted = deleted ? 0 : replicas;
    List<InstanceRecord> others =
        rows.values().stream().filter(row -> row.revision() != serving).toList();
    assertThat(rows.values())
        .as(what)
        .allSatisfy(row -> assertThat(row.ready()).isEqualTo(!broken.contains(row.revision())));
    if (others.isEmpty()) {
      assertThat(rows.values()).as(what).hasSize(wanted);
    } else {
      // Nothing ever was healthy as a whole: what serves is kept, since nothing else does.
      assertThat(deleted).as(what).isFalse();
      assertThat(rows.size() - others.size()).as(what).isPositive().isLessThanOrEqualTo(wanted);
      assertThat(broken).as(what).contains(serving);
      assertThat(rollouts.values())
          .as(what)
          .noneMatch(row -> row.completedAt() != null && row.revision() != serving);
    }
    Course course = course();
    assertThat(course.changed()).as(what + ": rollouts have settled").isEmpty();
    DesiredDeployment run =
        serving == revision ? desired() : desired().running(serving, desired().spec());
    Plan plan = Planner.plan(run, course.stable(), null, List.copyOf(rows.values()), Set.of(), now);
    assertThat(plan.steps().stream().filter(s -> !(s instanceof Step.Forget)))
        .as(what + ": nothing is left to do")
        .isEmpty();
  }

  DesiredDeployment desired() {
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
            KEY, "u", 1, revision, replicas, 0, deleted, spec, policy, List.of(), paused, promoted,
            changedAt, changedAt, "c")
        .halted(halted ? new Halt(Halt.ASKED, "x") : null);
  }

  private InstanceRecord draining(
      InstanceRecord row, InstanceState state, boolean removing, Instant until) {
    return new InstanceRecord(
        row.id(),
        KEY,
        row.revision(),
        row.ordinal(),
        "process",
        removing,
        state,
        false,
        null,
        null,
        null,
        List.of(),
        0,
        row.restartNonce(),
        Instant.EPOCH,
        row.startedAt(),
        until,
        null,
        InstanceRecord.DRAINING,
        null,
        "c",
        now);
  }

  private void put(
      InstanceRecord row,
      InstanceState state,
      boolean ready,
      boolean removing,
      @Nullable Instant startedAt) {
    rows.put(
        row.id(), row(row.id(), row.revision(), row.ordinal(), state, ready, removing, startedAt));
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
