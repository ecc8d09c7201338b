package io.gyre.reconciler;

import io.gyre.model.Condition;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.HaltRecord;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RolloutRecord;
import io.gyre.reconciler.plan.Course;
import io.gyre.reconciler.plan.Navigator;
import io.gyre.reconciler.plan.Planner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the worker of a deployment knows: its rows as last recorded, and what is under way. Used by
 * one thread at a time. All but the rows is forgotten with the process, and made up for by the
 * report that its successor asks for.
 */
final class DeploymentState {
  /** A command without an answer is sent again after this long. */
  static final Duration COMMAND_PATIENCE = Duration.ofSeconds(30);

  private final DeploymentKey key;
  private final Surroundings around;
  final Map<InstanceId, InstanceRecord> instances = new TreeMap<>();
  final Map<Long, RolloutRecord> rollouts = new TreeMap<>();

  /** Instances with a command under way. */
  final Map<InstanceId, Instant> busySince = new HashMap<>();

  /** Starts that failed in a row. */
  final Map<InstanceId, Integer> failedStarts = new HashMap<>();

  /** Instances that nothing can be hoped of unless something changes, and why. */
  final Map<InstanceId, String> hopeless = new HashMap<>();

  private record VainRestart(long nonce, Instant nextAt) {}

  private final Map<InstanceId, VainRestart> vainRestarts = new HashMap<>();

  /** Restarts that health checks asked for. */
  final Map<InstanceId, HealthRestart> healthRestarts = new HashMap<>();

  /** Conditions as last recorded; under null those of the deployment itself. */
  final Map<@Nullable InstanceId, List<Condition>> conditions = new HashMap<>();

  /** Instances whose checks have changed since their conditions were recorded. */
  final Set<InstanceId> checked = new HashSet<>();

  /** Runtimes that don't answer, and why. */
  private Map<String, String> away = Map.of();

  /** That a health check stopped the deployment; the desired state may know already. */
  @Nullable HaltRecord halt;

  /** What the checks saw last; of what isn't probed now, what is stored. */
  final Map<InstanceId, List<ProbeRecord>> probes = new HashMap<>();

  /** Of revisions, which never change. */
  private final Map<Long, Demand> demands = new HashMap<>();

  private final Map<Long, List<HealthCheck>> olderChecks = new HashMap<>();
  @Nullable DeploymentStatus status;
  private boolean loaded;
  private Instant watchedMark = Instant.EPOCH;
  private long watchedSinceNanos;

  DeploymentState(DeploymentKey key, Surroundings around) {
    this.key = key;
    this.around = around;
  }

  /** Reads the rows once, and again after {@link #distrust}. */
  void load() {
    if (loaded) {
      return;
    }
    instances.clear();
    olderChecks.clear();
    rollouts.clear();
    busySince.clear();
    healthRestarts.clear();
    conditions.clear();
    InstanceId after = null;
    List<InstanceRecord> page;
    do {
      page = around.store().read().instances(key.namespace(), key.name(), after, 500);
      for (InstanceRecord row : page) {
        instances.put(row.id(), row);
        around.instanceBelongsTo(row.id(), key, row.runtime());
        conditions.put(row.id(), around.store().read().conditions(key, row.id()));
        checked.add(row.id());
        after = row.id();
      }
    } while (page.size() == 500);
    for (RolloutRecord row : around.store().read().rollouts(key)) {
      rollouts.put(row.revision(), row);
    }
    status = around.store().read().status(key).orElse(null);
    halt = around.store().read().halt(key).orElse(null);
    conditions.put(null, around.store().read().conditions(key, null));
    probes.clear();
    for (ProbeRecord row : around.store().read().probes(key)) {
      if (instances.containsKey(row.instance())) {
        probes.computeIfAbsent(row.instance(), id -> new ArrayList<>()).add(row);
      }
    }
    for (HealthRestart row : around.store().read().healthRestarts(key)) {
      healthRestarts.put(row.instance(), row);
    }
    loaded = true;
  }

  /** Whether the wanted revision serves since its rollout ended well. */
  boolean settled(DesiredDeployment wanted) {
    RolloutRecord last =
        rollouts.values().stream().max(Comparator.comparing(RolloutRecord::startedAt)).orElse(null);
    return last != null
        && last.uid().equals(wanted.uid())
        && last.revision() == wanted.revision()
        && last.state() == RolloutRecord.State.COMPLETE;
  }

  /**
   * How long this process has seen the wanted revision come no further, by a clock that nobody
   * sets.
   */
  Duration watched(DesiredDeployment wanted) {
    Instant mark = Navigator.progressed(wanted, rollouts.get(wanted.revision()));
    if (!mark.equals(watchedMark)) {
      watchedMark = mark;
      watchedSinceNanos = System.nanoTime();
    }
    return Duration.ofNanos(System.nanoTime() - watchedSinceNanos);
  }

  /** These runtimes don't answer now. */
  Map<String, String> away(Map<String, String> now) {
    if (!now.equals(away)) {
      away = now;
      checked.addAll(instances.keySet());
    }
    return away;
  }

  /** What all instances hold of the host by what their revisions ask for. */
  Demand held(@Nullable DesiredDeployment wanted) {
    Demand held = Demand.NONE;
    for (InstanceRecord row : instances.values()) {
      if (!Planner.waitsForRoom(row)) {
        held = held.plus(demand(row.revision(), wanted));
      }
    }
    return held;
  }

  private Demand demand(long revision, @Nullable DesiredDeployment wanted) {
    if (wanted != null && wanted.revision() == revision) {
      Demand demand = Demand.of(wanted.spec().resources());
      demands.put(revision, demand);
      return demand;
    }
    return demands.computeIfAbsent(
        revision,
        number ->
            around
                .store()
                .read()
                .revisionSpec(key, number)
                .map(spec -> Demand.of(spec.resources()))
                .orElse(Demand.NONE));
  }

  /** Of the revision that it is of, which in a rollout isn't the wanted one. */
  List<HealthCheck> checks(InstanceRecord row, DesiredDeployment desired) {
    if (row.revision() == desired.revision()) {
      return desired.spec().healthChecks();
    }
    return olderChecks.computeIfAbsent(
        row.revision(),
        revision ->
            around
                .store()
                .read()
                .revisionSpec(key, revision)
                .map(DeploymentSpec::healthChecks)
                .orElse(List.of()));
  }

  /** What is known may not be what was recorded. */
  void distrust() {
    loaded = false;
  }

  void put(Batch batch, HealthRestart row) {
    healthRestarts.put(row.instance(), row);
    batch.write(tx -> tx.putHealthRestart(row));
  }

  /** The same, to stand still where a health check says so and the API doesn't know yet. */
  DesiredDeployment halted(DesiredDeployment wanted) {
    HaltRecord decided = halt;
    return decided != null && wanted.halted() == null && decided.inForce(wanted)
        ? wanted.halted(decided.halt())
        : wanted;
  }

  void put(Batch batch, InstanceRecord row) {
    instances.put(row.id(), row);
    batch.put(row);
  }

  /** The instance is gone as it was to be. */
  void forget(InstanceRecord row, Batch batch, String correlation) {
    instances.remove(row.id());
    healthRestarts.remove(row.id());
    conditions.remove(row.id());
    probes.remove(row.id());
    checked.remove(row.id());
    busySince.remove(row.id());
    succeeded(row.id());
    around.instanceForgotten(row.id());
    batch.remove(row.id());
    batch.event(
        EventRecord.Level.NORMAL,
        row.id(),
        "instance_removed",
        row.id() + " is removed",
        correlation);
  }

  /** Failed starts of it count no more. */
  void succeeded(InstanceId id) {
    failedStarts.remove(id);
    hopeless.remove(id);
    vainRestarts.remove(id);
  }

  /** A restart that was asked for failed; it isn't tried again before then, unless asked anew. */
  void restartFailed(InstanceId id, long nonce, Instant nextAt) {
    vainRestarts.put(id, new VainRestart(nonce, nextAt));
  }

  /** Instances that get no command now: one is under way, or failed just now. */
  Set<InstanceId> busy(DesiredDeployment wanted, Instant now) {
    Set<InstanceId> busy = new HashSet<>(busySince.keySet());
    vainRestarts.forEach(
        (id, vain) -> {
          if (vain.nonce() == wanted.restartNonce() && now.isBefore(vain.nextAt())) {
            busy.add(id);
          }
        });
    return busy;
  }

  void forgetStaleCommands(Instant now) {
    busySince.values().removeIf(since -> Planner.livedFor(since, COMMAND_PATIENCE, now));
  }

  void take(Course course, Batch batch, String correlation) {
    for (RolloutRecord row : course.changed()) {
      rollouts.put(row.revision(), row);
      batch.write(tx -> tx.putRollout(row));
    }
    for (Course.Note note : course.notes()) {
      batch.event(note.level(), null, note.reason(), key + ": " + note.message(), correlation);
    }
  }
}
