package io.gyre.reconciler.plan;

import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.Shortage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code (desired, observed, now) -> plan} for one deployment.
 *
 * <p>Replicas have ordinals 0 to n-1. A new revision comes up beside the old one: at most {@code n
 * + max_surge} instances at a time, at least {@code n - max_unavailable} of them serving; an old
 * instance goes once enough others serve, those of the revision that last was healthy last of all.
 * Where both cannot live at once the old ones go first. Of what is halted all instances are stopped
 * and kept, of whatever revision.
 */
public final class Planner {
  /** How long a new instance must have run before an old one goes for it. */
  public static final Duration SETTLE = Duration.ofSeconds(1);

  /** What is this far ahead was noted by a clock that has been set back since. */
  private static final Duration AHEAD = Duration.ofSeconds(5);

  /** No failed step waits longer than this for its next try. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  private static final Comparator<InstanceRecord> OLDEST_FIRST =
      Comparator.comparing(InstanceRecord::createdAt).thenComparing(InstanceRecord::id);

  private final DesiredDeployment desired;
  private final long stable;
  private final @Nullable String waitsFor;
  private final List<InstanceRecord> all;
  private final Set<InstanceId> busy;
  private final Room room;
  private final Instant now;
  private final List<InstanceRecord> current = new ArrayList<>();
  private final List<InstanceRecord> old = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private @Nullable Instant wakeAt;

  private Planner(
      DesiredDeployment desired,
      long stable,
      @Nullable String waitsFor,
      List<InstanceRecord> observed,
      Set<InstanceId> busy,
      Room room,
      Instant now) {
    this.desired = desired;
    this.stable = stable;
    this.waitsFor = waitsFor;
    this.all = observed.stream().sorted(OLDEST_FIRST).toList();
    this.busy = busy;
    this.room = room;
    this.now = now;
  }

  /**
   * @param stable the other revision that last served with all its instances, 0: none
   * @param waitsFor what must come before the first instance, in words; null: nothing
   * @param observed every instance of the deployment, also those being removed
   * @param busy instances with a command under way: none of them gets another, except its removal
   */
  public static Plan plan(
      DesiredDeployment desired,
      long stable,
      @Nullable String waitsFor,
      List<InstanceRecord> observed,
      Set<InstanceId> busy,
      Instant now) {
    return plan(desired, stable, waitsFor, observed, busy, Room.ENOUGH, now);
  }

  /**
   * @param room for instances that have none yet; no other waits for it
   */
  public static Plan plan(
      DesiredDeployment desired,
      long stable,
      @Nullable String waitsFor,
      List<InstanceRecord> observed,
      Set<InstanceId> busy,
      Room room,
      Instant now) {
    return new Planner(desired, stable, waitsFor, observed, busy, room, now).plan();
  }

  /** Whether it waits for room on the host. */
  public static boolean waitsForRoom(InstanceRecord instance) {
    return !instance.removing() && Shortage.holdsBack(instance.state(), instance.reason());
  }

  /**
   * Whether what began then has lived so long. What seems to begin in the future tells only that
   * the clock was set back; it is taken for old, since waiting for the future may take hours.
   */
  public static boolean livedFor(@Nullable Instant since, Duration least, Instant now) {
    return since != null && (!now.isBefore(since.plus(least)) || isAhead(since, now));
  }

  /** Whether the clock must have been set back since. */
  public static boolean isAhead(Instant noted, Instant now) {
    return noted.isAfter(now.plus(AHEAD));
  }

  private Plan plan() {
    if (desired.deleted()) {
      for (InstanceRecord instance : all) {
        remove(instance, "the deployment is deleted");
      }
      if (all.isEmpty()) {
        steps.add(new Step.Forget("nothing is left of the deleted deployment"));
      }
    } else {
      for (InstanceRecord instance : all) {
        if (instance.removing()) {
          remove(instance, "its removal has not been confirmed yet");
        }
      }
      sort();
      scaleDown();
      if (desired.halted() != null) {
        halt();
        return new Plan(steps, PhaseOf.deployment(desired, all, null), wakeAt);
      }
      if (desired.paused() && !old.isEmpty()) {
        // A rollout that stands still leaves both revisions as they are.
      } else if (desired.recreates() && oldStillThere()) {
        String reason = desired.spec().recreateReason();
        for (InstanceRecord instance : old) {
          remove(
              instance,
              "revision "
                  + desired.revision()
                  + " comes after it is gone, because "
                  + (reason == null ? "the strategy is recreate" : reason));
        }
      } else {
        create();
        retireOld();
      }
      restartAsAsked();
      startAgain();
    }
    return new Plan(steps, PhaseOf.deployment(desired, all, waits() ? waitsFor : null), wakeAt);
  }

  /** Splits by revision; of twins the better one stays. */
  private void sort() {
    Map<Integer, InstanceRecord> byOrdinal = new HashMap<>();
    for (InstanceRecord instance : all) {
      if (instance.removing()) {
        continue;
      }
      if (instance.revision() != desired.revision()) {
        old.add(instance);
        continue;
      }
      InstanceRecord twin = byOrdinal.get(instance.ordinal());
      if (twin == null) {
        byOrdinal.put(instance.ordinal(), instance);
      } else if (instance.ready() && !twin.ready()) {
        remove(twin, "it is a twin of " + instance.id());
        byOrdinal.put(instance.ordinal(), instance);
      } else {
        remove(instance, "it is a twin of " + twin.id());
      }
    }
    current.addAll(byOrdinal.values());
    current.sort(Comparator.comparingInt(InstanceRecord::ordinal));
  }

  private void scaleDown() {
    for (InstanceRecord instance : List.copyOf(current)) {
      if (instance.ordinal() >= desired.replicas()) {
        remove(instance, "scaled to " + replicas(desired.replicas()));
        current.remove(instance);
      }
    }
  }

  /** A stop may follow any other command, but not another stop that is under way. */
  private void halt() {
    List<InstanceRecord> kept = new ArrayList<>(current);
    kept.addAll(old);
    for (InstanceRecord instance : kept) {
      boolean underWay = instance.state() == InstanceState.STOPPING && busy.contains(instance.id());
      if (instance.state() == InstanceState.STOPPED || underWay) {
        continue;
      }
      Instant due = due(instance);
      if (instance.state() == InstanceState.FAILED && due.isAfter(now)) {
        wakeAt(due);
      } else {
        steps.add(new Step.Stop(instance.id(), "the deployment is stopped"));
      }
    }
  }

  private boolean oldStillThere() {
    return all.stream().anyMatch(i -> i.revision() != desired.revision());
  }

  private boolean waits() {
    return waitsFor != null && current.isEmpty() && old.isEmpty();
  }

  private void create() {
    if (waits()) {
      return;
    }
    int allowed = Integer.MAX_VALUE;
    if (!old.isEmpty()) {
      int surge = desired.rollout().surge(desired.replicas());
      allowed = Math.max(0, desired.replicas() + surge - current.size() - old.size());
      if (canary()) {
        allowed = Math.min(allowed, Math.max(0, desired.rollout().canary() - current.size()));
      }
    }
    // Those that wait already come first.
    int fitting = room.instances() - (int) current.stream().filter(Planner::waitsForRoom).count();
    Set<Integer> taken = new HashSet<>();
    current.forEach(i -> taken.add(i.ordinal()));
    for (int ordinal = 0; ordinal < desired.replicas() && allowed > 0; ordinal++) {
      if (!taken.contains(ordinal)) {
        steps.add(create(ordinal, fitting));
        fitting--;
        allowed--;
      }
    }
  }

  private Step create(int ordinal, int fitting) {
    Shortage shortage = room.shortage();
    return fitting > 0 || shortage == null
        ? new Step.Create(
            desired.revision(),
            ordinal,
            old.isEmpty()
                ? replicas(desired.replicas()) + " wanted, " + current.size() + " there"
                : "revision " + desired.revision() + " replaces an older one")
        : new Step.CreateWaiting(desired.revision(), ordinal, shortage);
  }

  private boolean canary() {
    return Navigator.awaitsPromotion(desired, !old.isEmpty());
  }

  private void retireOld() {
    if (old.isEmpty() || canary()) {
      return;
    }
    int serving = 0;
    for (InstanceRecord instance : current) {
      if (serves(instance)) {
        serving++;
      }
    }
    List<InstanceRecord> servingOld = new ArrayList<>();
    old.stream().filter(InstanceRecord::ready).forEach(servingOld::add);
    int least = desired.replicas() - desired.rollout().unavailable(desired.replicas());
    int spare = serving + servingOld.size() - least;
    for (InstanceRecord instance : old) {
      if (!instance.ready() && (spare >= 0 || !recovers(instance))) {
        remove(instance, "revision " + desired.revision() + " replaces it and it does not serve");
      }
    }
    // Those that last were known to be healthy are given up last.
    servingOld.sort(Comparator.comparing(i -> i.revision() == stable));
    for (InstanceRecord instance : servingOld) {
      if (spare <= 0) {
        break;
      }
      remove(instance, "revision " + desired.revision() + " replaces it");
      spare--;
    }
  }

  /** Whether it may serve again by itself, so that it's kept until others do in its place. */
  private boolean recovers(InstanceRecord instance) {
    return instance.revision() == stable
        && !waitsForRoom(instance)
        && switch (instance.state()) {
          case PENDING, STARTING, RUNNING, BACKING_OFF, STOPPING, STOPPED, UNKNOWN -> true;
          case CRASH_LOOPING, EXITED, FAILED -> false;
        };
  }

  private boolean serves(InstanceRecord instance) {
    if (!instance.ready() || instance.startedAt() == null) {
      return false;
    }
    if (livedFor(instance.startedAt(), SETTLE, now)) {
      return true;
    }
    wakeAt(instance.startedAt().plus(SETTLE));
    return false;
  }

  /** One at a time, the next once all others serve. */
  private void restartAsAsked() {
    boolean allServe =
        current.stream().allMatch(i -> waitsForRoom(i) || (i.ready() && !busy.contains(i.id())));
    for (InstanceRecord instance : current) {
      boolean starts =
          instance.state() == InstanceState.STOPPED || instance.state() == InstanceState.STOPPING;
      if (instance.restartNonce() >= desired.restartNonce()
          || busy.contains(instance.id())
          || starts
          || waitsForRoom(instance)) {
        continue;
      }
      Instant due = due(instance);
      if (instance.draining() && due.isAfter(now)) {
        wakeAt(due);
        return;
      }
      if (allServe && drains(instance)) {
        Instant until = now.plus(desired.rollout().drain());
        drain(instance, false, until, "a restart was asked for");
        return;
      }
      if (allServe || !instance.ready()) {
        steps.add(
            new Step.Restart(instance.id(), desired.restartNonce(), "a restart was asked for"));
        return;
      }
    }
  }

  /** Those of an older revision too, as long as they are kept: nothing else serves for them yet. */
  private void startAgain() {
    int fitting = room.instances();
    List<InstanceRecord> kept = new ArrayList<>(current);
    kept.addAll(old);
    for (InstanceRecord instance : kept) {
      if (busy.contains(instance.id()) || planned(instance)) {
        continue;
      }
      if (waitsForRoom(instance)) {
        if (fitting > 0 && instance.revision() == desired.revision()) {
          steps.add(new Step.Start(instance.id(), "the host has room for it now"));
          fitting--;
        }
        continue;
      }
      switch (instance.state()) {
        case PENDING -> steps.add(new Step.Start(instance.id(), "it has not been started yet"));
        case EXITED -> steps.add(new Step.Start(instance.id(), "it has ended and should run"));
        // One that was still being stopped when that was taken back.
        case STOPPED, STOPPING ->
            steps.add(new Step.Start(instance.id(), "it is stopped and should run"));
        case FAILED -> {
          Instant due = due(instance);
          if (due.isAfter(now)) {
            wakeAt(due);
          } else {
            steps.add(new Step.Start(instance.id(), "its last start failed"));
          }
        }
        case STARTING, RUNNING, BACKING_OFF, CRASH_LOOPING, UNKNOWN -> {}
      }
    }
  }

  private boolean planned(InstanceRecord instance) {
    return steps.stream()
        .anyMatch(
            step ->
                switch (step) {
                  case Step.Restart s -> s.instance().equals(instance.id());
                  case Step.Drain s -> s.instance().equals(instance.id());
                  case Step.Stop s -> s.instance().equals(instance.id());
                  case Step.Remove s -> s.instance().equals(instance.id());
                  case Step.Start s -> s.instance().equals(instance.id());
                  case Step.Create s -> false;
                  case Step.CreateWaiting s -> false;
                  case Step.Forget s -> false;
                });
  }

  private void remove(InstanceRecord instance, String because) {
    if (instance.removing()) {
      if (busy.contains(instance.id())) {
        return;
      }
      Instant due = due(instance);
      if (due.isAfter(now)) {
        wakeAt(due);
        return;
      }
    } else if (instance.draining() && due(instance).isAfter(now)) {
      drain(instance, true, due(instance), because);
      return;
    } else if (drains(instance)) {
      drain(instance, true, now.plus(desired.rollout().drain()), because);
      return;
    }
    steps.add(new Step.Remove(instance.id(), because));
  }

  /** Whether clients may still be on their way to it, and are given time. */
  private boolean drains(InstanceRecord instance) {
    return instance.ready() && desired.rollout().drain().isPositive();
  }

  private void drain(InstanceRecord instance, boolean removes, Instant until, String because) {
    steps.add(new Step.Drain(instance.id(), removes, until, because));
    wakeAt(until);
  }

  private Instant due(InstanceRecord instance) {
    Instant due = instance.nextStartAt();
    Duration longest = instance.draining() ? desired.rollout().drain() : LONGEST_WAIT;
    return due == null || due.isAfter(now.plus(longest)) ? now : due;
  }

  private void wakeAt(Instant at) {
    if (wakeAt == null || at.isBefore(wakeAt)) {
      wakeAt = at;
    }
  }

  static String replicas(int count) {
    return count == 1 ? "1 replica" : count + " replicas";
  }
}
