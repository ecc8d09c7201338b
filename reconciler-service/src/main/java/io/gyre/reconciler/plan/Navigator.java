package io.gyre.reconciler.plan;

import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord.Level;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.RolloutPolicy.Strategy;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RolloutRecord.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Follows the rollouts of one deployment and decides which revision it runs. Pure.
 *
 * <pre>
 *  wanted ─▶ PROGRESSING ◀──▶ CANARY ─(resumed)─▶ PROGRESSING
 *               │    │ └─ another is wanted ─▶ SUPERSEDED
 *               │    └─ comes no further ─▶ ROLLED_BACK, where there is a healthy one to go back to
 *               ▼                       └─▶ FAILED, else; COMPLETE once it serves after all
 *            COMPLETE: all replicas serve and no other instance is left
 * </pre>
 */
public final class Navigator {
  /** An instance of a new revision that was restarted this often without serving is broken. */
  static final int MOST_RESTARTS = 3;

  private final DesiredDeployment desired;
  private final TreeMap<Long, RolloutRecord> rows = new TreeMap<>();
  private final Set<Long> runnable;
  private final Collection<InstanceRecord> instances;
  private final Map<InstanceId, String> hopeless;
  private final Duration watched;
  private final Instant now;
  private final TreeMap<Long, RolloutRecord> changed = new TreeMap<>();
  private final List<Course.Note> notes = new ArrayList<>();
  private @Nullable Instant wakeAt;

  private Navigator(
      DesiredDeployment desired,
      Collection<RolloutRecord> rollouts,
      Set<Long> runnable,
      Collection<InstanceRecord> instances,
      Map<InstanceId, String> hopeless,
      Duration watched,
      Instant now) {
    this.watched = watched;
    this.desired = desired;
    this.runnable = runnable;
    this.instances = instances;
    this.hopeless = hopeless;
    this.now = now;
    for (RolloutRecord row : rollouts) {
      if (row.uid().equals(desired.uid())) {
        rows.put(row.revision(), row);
      }
    }
  }

  /**
   * @param rollouts every row of the deployment
   * @param runnable revisions whose spec is stored, besides the wanted one
   * @param instances all of the deployment, also those being removed
   * @param hopeless instances that nothing can be hoped of, with the reason in words that go after
   *     the name
   * @param watched for how long nothing was seen to come further; the deadline is missed only where
   *     this and the clock agree, since a clock may be set
   */
  public static Course course(
      DesiredDeployment desired,
      Collection<RolloutRecord> rollouts,
      Set<Long> runnable,
      Collection<InstanceRecord> instances,
      Map<InstanceId, String> hopeless,
      Duration watched,
      Instant now) {
    return new Navigator(desired, rollouts, runnable, instances, hopeless, watched, now).course();
  }

  private Course course() {
    long wanted = desired.revision();
    if (desired.deleted()) {
      return new Course(wanted, 0, List.of(), List.of(), null, null);
    }
    begin();
    RolloutRecord stable = stable();
    RolloutRecord row = row();
    switch (row.state()) {
      case PROGRESSING, CANARY -> {
        // What is stopped comes no further, and that is not its fault.
        if (desired.halted() == null) {
          follow(row, stable);
        }
      }
      case FAILED -> {
        if (complete()) {
          finish(row);
        }
      }
      case ROLLED_BACK -> {
        if (stable == null) {
          put(row.with(State.FAILED, row.reason(), row.message(), row.progressedAt()));
        }
      }
      case COMPLETE -> {
        // It came to its end without replicas, and serves only now.
        if (row.completedAt() == null && desired.replicas() > 0 && complete()) {
          finish(row);
        }
      }
      case SUPERSEDED -> {}
    }
    RolloutRecord after = row();
    boolean back = after.state() == State.ROLLED_BACK && stable != null;
    return new Course(
        back && stable != null ? stable.revision() : wanted,
        stable == null ? 0 : stable.revision(),
        List.copyOf(changed.values()),
        notes,
        back ? after : null,
        wakeAt);
  }

  /** Whether the wanted revision would be given up for another if an instance of it is broken. */
  public static boolean goesBack(
      DesiredDeployment desired, Collection<RolloutRecord> rollouts, Set<Long> runnable) {
    if (desired.paused() || !desired.rollout().autoRollback()) {
      return false;
    }
    boolean underWay = false;
    boolean healthy = false;
    for (RolloutRecord row : rollouts) {
      if (!row.uid().equals(desired.uid())) {
        continue;
      }
      if (row.revision() == desired.revision()) {
        underWay = row.state() == State.PROGRESSING || row.state() == State.CANARY;
      } else {
        healthy |= row.completedAt() != null && runnable.contains(row.revision());
      }
    }
    return underWay && healthy;
  }

  private RolloutRecord row() {
    return Objects.requireNonNull(rows.get(desired.revision()));
  }

  /** Another revision than the last one is wanted: its rollout begins. */
  private void begin() {
    RolloutRecord last =
        rows.values().stream().max(Comparator.comparing(RolloutRecord::startedAt)).orElse(null);
    if (last != null && last.revision() == desired.revision()) {
      return;
    }
    Instant start = now;
    if (last != null) {
      if (!start.isAfter(last.startedAt())) {
        start = last.startedAt().plusMillis(1);
      }
      if (last.state() == State.PROGRESSING
          || last.state() == State.CANARY
          || last.state() == State.FAILED) {
        put(
            last.with(
                State.SUPERSEDED,
                last.reason(),
                "revision " + desired.revision() + " was wanted before it was complete",
                last.progressedAt()));
      }
    }
    RolloutRecord before = rows.get(desired.revision());
    put(
        new RolloutRecord(
            desired.key(),
            desired.uid(),
            desired.revision(),
            State.PROGRESSING,
            null,
            null,
            0,
            start,
            start,
            before == null ? null : before.completedAt()));
    if (last != null) {
      note(
          Level.NORMAL,
          "rollout_started",
          "revision " + desired.revision() + " takes the place of revision " + last.revision());
    }
  }

  /** The other revision that served last; what isn't stored any more is none. */
  private @Nullable RolloutRecord stable() {
    RolloutRecord best = null;
    for (RolloutRecord row : rows.values()) {
      Instant at = row.completedAt();
      if (row.revision() == desired.revision()
          || at == null
          || !runnable.contains(row.revision())) {
        continue;
      }
      Instant bestAt = best == null ? null : best.completedAt();
      if (bestAt == null || at.isAfter(bestAt)) {
        best = row;
      }
    }
    return best;
  }

  private void follow(RolloutRecord row, @Nullable RolloutRecord stable) {
    if (complete()) {
      finish(row);
      return;
    }
    int ready = ready();
    if (ready > row.ready()) {
      row =
          new RolloutRecord(
              row.key(),
              row.uid(),
              row.revision(),
              row.state(),
              row.reason(),
              row.message(),
              ready,
              row.startedAt(),
              now,
              row.completedAt());
      put(row);
    }
    String broken = desired.paused() ? null : broken();
    if (broken != null) {
      fail(row, stable, "instance_broken", broken);
      return;
    }
    boolean waits = awaitsPromotion(desired, othersLeft());
    if (waits && ready >= Math.min(desired.rollout().canary(), desired.replicas())) {
      if (row.state() != State.CANARY) {
        String message =
            ready
                + " of "
                + desired.replicas()
                + " instances serve; go on with gyre rollout resume "
                + desired.key()
                + ", or back with gyre rollout undo "
                + desired.key();
        put(row.with(State.CANARY, null, message, now));
        note(Level.NORMAL, "rollout_canary", "revision " + row.revision() + ": " + message);
      }
      return;
    }
    if (row.state() == State.CANARY) {
      row = row.with(State.PROGRESSING, null, null, now);
      put(row);
    }
    if (!desired.paused()) {
      Duration deadline = desired.rollout().progressDeadline().plus(desired.rollout().drain());
      Duration stuck = Duration.between(progressed(desired, row), now);
      if (watched.compareTo(stuck) < 0) {
        stuck = watched;
      }
      if (stuck.compareTo(deadline) < 0) {
        wakeAt = now.plus(deadline.minus(stuck));
      } else {
        fail(
            row,
            stable,
            "deadline_exceeded",
            ready
                + " of "
                + desired.replicas()
                + " ready, and it came no further for "
                + deadline.toSeconds()
                + " s"
                + shortage());
      }
    }
  }

  /** What the host has no room for, if that is what it waits for. */
  private String shortage() {
    for (InstanceRecord instance : instances) {
      if (instance.revision() == desired.revision() && Planner.waitsForRoom(instance)) {
        return "; " + instance.id() + " " + instance.message();
      }
    }
    return "";
  }

  /** When the wanted revision last came further, or something about it was asked for. */
  public static Instant progressed(DesiredDeployment desired, @Nullable RolloutRecord row) {
    return row == null || desired.updatedAt().isAfter(row.progressedAt())
        ? desired.updatedAt()
        : row.progressedAt();
  }

  private void finish(RolloutRecord row) {
    put(
        new RolloutRecord(
            row.key(),
            row.uid(),
            row.revision(),
            State.COMPLETE,
            null,
            null,
            ready(),
            row.startedAt(),
            now,
            desired.replicas() == 0 ? row.completedAt() : now));
    if (desired.replicas() == 0) {
      return;
    }
    note(
        Level.NORMAL,
        "rollout_complete",
        "revision "
            + row.revision()
            + " serves with "
            + (desired.replicas() == 1 ? "1 instance" : desired.replicas() + " instances"));
  }

  private void fail(
      RolloutRecord row, @Nullable RolloutRecord stable, String reason, String words) {
    boolean back = stable != null && desired.rollout().autoRollback();
    put(row.with(back ? State.ROLLED_BACK : State.FAILED, reason, words, now));
    note(
        Level.WARNING,
        back ? "rollout_rolled_back" : "rollout_failed",
        "revision "
            + row.revision()
            + " failed: "
            + words
            + (back && stable != null
                ? "; revision " + stable.revision() + " takes its place again"
                : stable == null
                    ? "; there is no earlier revision that was healthy"
                    : "; auto_rollback is off"));
  }

  /** What is wrong with an instance of the wanted revision; null: nothing. */
  private @Nullable String broken() {
    for (InstanceRecord instance : instances) {
      if (instance.removing() || instance.revision() != desired.revision()) {
        continue;
      }
      String why = hopeless.get(instance.id());
      if (why != null) {
        return instance.id() + " " + why;
      }
      if (instance.state() == InstanceState.CRASH_LOOPING) {
        return PhaseOf.crash(instance);
      }
      if (!instance.ready() && instance.restarts() >= MOST_RESTARTS) {
        return PhaseOf.crash(instance);
      }
    }
    return null;
  }

  private boolean complete() {
    int live = 0;
    for (InstanceRecord instance : instances) {
      if (instance.revision() != desired.revision() || instance.removing()) {
        return false;
      }
      live++;
    }
    return live == desired.replicas() && ready() == live;
  }

  private int ready() {
    int ready = 0;
    for (InstanceRecord instance : instances) {
      if (instance.revision() == desired.revision() && !instance.removing() && instance.ready()) {
        ready++;
      }
    }
    return ready;
  }

  private boolean othersLeft() {
    return instances.stream().anyMatch(i -> i.revision() != desired.revision() && !i.removing());
  }

  /** Whether only the canary's instances of the wanted revision may come up. */
  static boolean awaitsPromotion(DesiredDeployment desired, boolean othersLeft) {
    return othersLeft
        && desired.rollout().strategy() == Strategy.CANARY
        && !desired.recreates()
        && desired.promoted() < desired.revision();
  }

  private void put(RolloutRecord row) {
    rows.put(row.revision(), row);
    changed.put(row.revision(), row);
  }

  private void note(Level level, String reason, String message) {
    notes.add(new Course.Note(level, reason, message));
  }
}
