package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.Condition;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.Halt;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RolloutRecord;
import io.gyre.reconciler.job.JobPlan;
import io.gyre.reconciler.plan.Conditions;
import io.gyre.reconciler.plan.Course;
import io.gyre.reconciler.plan.Navigator;
import io.gyre.reconciler.plan.Plan;
import io.gyre.reconciler.plan.Planner;
import io.gyre.reconciler.plan.Room;
import io.gyre.reconciler.plan.Step;
import io.gyre.store.DesiredVersion;
import io.gyre.store.RevisionRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one deployment, one look at a time: takes all that happened since the last look,
 * plans, commits the rows, then sends the commands. {@link #post} is for any thread; everything
 * else runs on one thread at a time.
 *
 * <p>A command goes out only after the row that asks for it was committed, so that a crash at any
 * point leaves at most a row without a command, which the next look commands. What a look whose
 * commit failed had taken, the next one takes again.
 */
final class DeploymentWorker {
  private static final Logger log = LoggerFactory.getLogger(DeploymentWorker.class);
  private static final Duration RETRY_STORE = Duration.ofSeconds(1);
  private static final Duration RETRY_BUS = Duration.ofSeconds(1);

  /** The API is told of a rollback again after this long without an answer. */
  private static final Duration TELL_AGAIN = Duration.ofSeconds(30);

  private final DeploymentKey key;
  private final Surroundings around;
  private final Outbox outbox;
  private final ConcurrentLinkedQueue<Input> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final List<Input> taken = new ArrayList<>();
  private final DeploymentState state;
  private final Checkup checkup;
  private final Intake intake;
  private final Orders orders;
  private final Prerequisites dependencies;
  private final JobWorker jobs;
  private long plannedGeneration;

  /** What was wanted at the last look, after which nothing was left to do; null: not so. */
  private volatile @Nullable DesiredVersion rest;

  private volatile long seenIn;
  private Instant toldRollback = Instant.EPOCH;
  private Instant toldHalt = Instant.EPOCH;

  /** Whether the look under way finds all as it is to be. */
  private boolean settled;

  DeploymentWorker(DeploymentKey key, Surroundings around) {
    this.key = key;
    this.around = around;
    this.outbox =
        new Outbox(
            next -> around.publish(next.message(), next.correlation()),
            () -> around.wakeLater(key, RETRY_BUS));
    this.state = new DeploymentState(key, around);
    this.checkup = new Checkup(key, around, state);
    this.intake = new Intake(key, around, state, checkup);
    this.orders = new Orders(key, around, state);
    this.dependencies = new Prerequisites(around);
    this.jobs = new JobWorker(key, around, state, orders, dependencies);
  }

  void post(Input input) {
    inbox.add(input);
    if (scheduled.compareAndSet(false, true)) {
      around.run(this::look);
    }
  }

  /**
   * Whether a look would find nothing to do: this is what was wanted at the last one, all of it is
   * there and serves, and no command, message or wait is under way.
   *
   * @param pass in which it is asked, for {@link #seenIn}
   */
  boolean rests(DesiredVersion wanted, long pass) {
    seenIn = pass;
    return wanted.equals(rest) && inbox.isEmpty();
  }

  /** Whether it was asked for in that pass, which covers all that is wanted. */
  boolean seenIn(long pass) {
    return seenIn == pass;
  }

  private void look() {
    scheduled.set(false);
    synchronized (this) {
      rest = null;
      try {
        state.load();
        rest = lookOnce();
        taken.clear();
      } catch (GyreException e) {
        log.warn("{}: {}: {}; trying again in {}", key, e.code(), e.getMessage(), RETRY_STORE);
        again();
      } catch (RuntimeException e) {
        log.error("{}: a look failed; trying again in {}", key, RETRY_STORE, e);
        again();
      }
    }
  }

  private void again() {
    state.distrust();
    jobs.distrust();
    around.health().forgetSaved();
    around.requestReport();
    around.wakeLater(key, RETRY_STORE);
  }

  private @Nullable DesiredVersion lookOnce() {
    Instant now = around.clock().instant();
    Batch batch = new Batch(key, now);
    String correlation = "resync";
    Optional<DesiredDeployment> desired = around.store().read().deployment(key);
    state.probes.putAll(around.health().records(key));
    for (Input input = inbox.poll(); input != null; input = inbox.poll()) {
      taken.add(input);
    }
    for (Input input : taken) {
      if (!input.correlation().isEmpty()) {
        correlation = input.correlation();
      }
      intake.take(input, desired.orElse(null), batch, now);
    }
    state.forgetStaleCommands(now);
    settled = false;
    DesiredDeployment run = null;
    if (desired.isPresent()) {
      DesiredDeployment wanted = state.halted(desired.get());
      intake.settle(wanted, batch, now, correlation);
      checkup.settle(wanted, batch, now, correlation);
      tellHalt(desired.get(), wanted, batch, now, correlation);
      if (wanted.generation() != plannedGeneration) {
        correlation = wanted.correlation();
        plannedGeneration = wanted.generation();
      }
      run =
          wanted.isJob()
              ? steerJob(wanted, batch, now, correlation)
              : steer(wanted, batch, now, correlation);
    } else {
      orders.removeLeftovers(batch, now, correlation);
    }
    commit(batch, correlation);
    around.admission().holds(key, state.held(run == null ? desired.orElse(null) : run));
    watchHealth(run);
    if (desired.isEmpty() && state.instances.isEmpty() && outbox.empty()) {
      around.admission().waitsNoMore(key);
      around.retire(key);
    }
    return desired
        .filter(wanted -> settled && state.busySince.isEmpty() && outbox.empty())
        .map(wanted -> new DesiredVersion(key, wanted.uid(), wanted.generation()))
        .orElse(null);
  }

  /** Plans and carries out; returns what is to run, which after a rollback isn't what is wanted. */
  private DesiredDeployment steer(
      DesiredDeployment wanted, Batch batch, Instant now, String correlation) {
    Course course = course(wanted, now);
    state.take(course, batch, correlation);
    DesiredDeployment run = course.revision() == wanted.revision() ? wanted : back(wanted, course);
    wakeAt(course.wakeAt(), now);
    Plan plan = admitted(run, course.stable(), now);
    orders.carryOut(plan, run, batch, now, correlation);
    wakeAt(plan.wakeAt(), now);
    if (!plan.forgets()) {
      Plan.Status after = plan(run, course.stable(), Room.ENOUGH, now).status();
      Plan.Status status = told(after, course);
      status(status, wanted, batch, now, correlation);
      conditions(run, state.rollouts.get(wanted.revision()), status, batch, now);
      settled =
          plan.steps().isEmpty()
              && plan.wakeAt() == null
              && course.wakeAt() == null
              && course.rolledBack() == null
              && (after.phase() == DeploymentPhase.RUNNING
                  || after.phase() == DeploymentPhase.STOPPED);
    }
    tellRollback(course, batch, now, correlation);
    return run;
  }

  private DesiredDeployment steerJob(
      DesiredDeployment wanted, Batch batch, Instant now, String correlation) {
    JobPlan plan = jobs.steer(wanted, batch, now, correlation);
    if (!plan.forgets()) {
      status(plan.status(), wanted, batch, now, correlation);
    }
    return wanted;
  }

  private Course course(DesiredDeployment wanted, Instant now) {
    Set<Long> runnable =
        state.settled(wanted)
            ? Set.of()
            : around.store().read().revisions(key).stream()
                .map(RevisionRecord::revision)
                .collect(Collectors.toSet());
    return Navigator.course(
        wanted,
        state.rollouts.values(),
        runnable,
        state.instances.values(),
        state.hopeless,
        state.watched(wanted),
        now);
  }

  /** The plan for what the host has room for, which is taken. */
  private Plan admitted(DesiredDeployment run, long stable, Instant now) {
    Plan all = plan(run, stable, Room.ENOUGH, now);
    Demand each = Demand.of(run.spec().resources());
    if (each.isNone()) {
      return all;
    }
    int wanted = (int) all.steps().stream().filter(this::needsRoom).count();
    if (wanted == 0) {
      around.admission().waitsNoMore(key);
      return all;
    }
    Room room = around.admission().take(key, each, wanted);
    return room.shortage() == null ? all : plan(run, stable, room, now);
  }

  private boolean needsRoom(Step step) {
    return switch (step) {
      case Step.Create create -> true;
      case Step.Start start -> {
        InstanceRecord row = state.instances.get(start.instance());
        yield row != null && Planner.waitsForRoom(row);
      }
      case Step.CreateWaiting waiting -> false;
      case Step.Drain drain -> false;
      case Step.Restart restart -> false;
      case Step.Stop stop -> false;
      case Step.Remove remove -> false;
      case Step.Forget forget -> false;
    };
  }

  private Plan plan(DesiredDeployment run, long stable, Room room, Instant now) {
    return Planner.plan(
        run,
        stable,
        dependencies.waitsFor(run, state.instances.values()),
        List.copyOf(state.instances.values()),
        state.busy(run, now),
        room,
        now);
  }

  /** The same deployment with the revision that was gone back to. */
  private DesiredDeployment back(DesiredDeployment wanted, Course course) {
    DeploymentSpec spec =
        around
            .store()
            .read()
            .revisionSpec(key, course.revision())
            .orElseThrow(
                () -> GyreException.notFound("revision", key + "@" + course.revision(), ""));
    return wanted.running(course.revision(), spec);
  }

  /** Says of what serves in the place of what is wanted that it does. */
  private static Plan.Status told(Plan.Status status, Course course) {
    RolloutRecord failed = course.rolledBack();
    if (failed == null) {
      return status;
    }
    String words =
        "revision "
            + failed.revision()
            + " was rolled back to "
            + course.revision()
            + ": "
            + failed.message();
    return new Plan.Status(
        status.phase(),
        status.ready(),
        status.total(),
        status.phase() == DeploymentPhase.STOPPED ? status.reason() : "rolled_back",
        status.message() == null ? words : status.message() + "; " + words);
  }

  private void wakeAt(@Nullable Instant at, Instant now) {
    if (at != null) {
      around.wakeLater(key, Duration.between(now, at).plusMillis(1));
    }
  }

  /** The desired state is the API's; it is told, and told again where it doesn't follow. */
  private void tellRollback(Course course, Batch batch, Instant now, String correlation) {
    RolloutRecord failed = course.rolledBack();
    if (failed == null || !Planner.livedFor(toldRollback, TELL_AGAIN, now)) {
      return;
    }
    toldRollback = now;
    batch.send(
        new Message.RolledBack(
            key,
            failed.uid(),
            failed.revision(),
            course.revision(),
            String.valueOf(failed.message())),
        correlation);
    around.wakeLater(key, TELL_AGAIN);
  }

  /** As {@link #tellRollback}. */
  private void tellHalt(
      DesiredDeployment stored,
      DesiredDeployment wanted,
      Batch batch,
      Instant now,
      String correlation) {
    Halt halt = wanted.halted();
    if (halt == null || stored.halted() != null) {
      toldHalt = Instant.EPOCH;
      return;
    }
    if (!Planner.livedFor(toldHalt, TELL_AGAIN, now)) {
      return;
    }
    toldHalt = now;
    batch.send(
        new Message.DeploymentHalted(key, wanted.uid(), wanted.generation(), halt.message()),
        correlation);
    around.wakeLater(key, TELL_AGAIN);
  }

  private void conditions(
      DesiredDeployment run,
      @Nullable RolloutRecord rollout,
      Plan.Status status,
      Batch batch,
      Instant now) {
    Map<String, String> away = state.away(around.runtimesAway());
    state.checked.addAll(batch.changed());
    for (InstanceId id : state.checked) {
      InstanceRecord row = state.instances.get(id);
      if (row != null) {
        List<ProbeRecord> probes = state.probes.getOrDefault(id, List.of());
        put(id, Conditions.ofInstance(row, probes, away, now), batch);
      }
    }
    state.checked.clear();
    put(
        null,
        Conditions.ofDeployment(
            run, status, state.instances.values(), rollout, state.probes, away, now),
        batch);
  }

  private void put(@Nullable InstanceId instance, List<Condition> next, Batch batch) {
    List<Condition> before = state.conditions.getOrDefault(instance, List.of());
    List<Condition> after = Conditions.since(before, next);
    if (!after.equals(before)) {
      state.conditions.put(instance, after);
      batch.write(tx -> tx.putConditions(key, instance, after));
    }
  }

  private void commit(Batch batch, String correlation) {
    if (!batch.writesNothing()) {
      // Before anything is torn down: what led to it.
      batch.write(tx -> around.health().takeUnsaved(key).forEach(tx::putProbe));
      Failpoints.hit("reconciler.look.planned");
      jobs.committing();
      around
          .store()
          .observed()
          .transact(
              tx -> {
                batch.commit(tx);
                return tx;
              });
    }
    Failpoints.hit("reconciler.look.committed");
    jobs.committed();
    outbox.send(batch.outgoing());
    if (!batch.writesNothing()) {
      around.stateChanged(correlation);
      around.advanced(key, correlation);
    }
  }

  private void status(
      Plan.Status next, DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    DeploymentStatus before = state.status;
    if (before != null
        && before.phase() == next.phase()
        && before.ready() == next.ready()
        && before.total() == next.total()
        && before.observedGeneration() == desired.generation()
        && Objects.equals(before.message(), next.message())) {
      return;
    }
    boolean newPhase = before == null || before.phase() != next.phase();
    DeploymentStatus after =
        new DeploymentStatus(
            key,
            desired.generation(),
            next.phase(),
            next.ready(),
            next.total(),
            next.reason(),
            next.message(),
            newPhase ? now : Objects.requireNonNull(before).since(),
            now);
    state.status = after;
    batch.write(tx -> tx.putStatus(after));
    if (newPhase) {
      boolean bad =
          next.phase() == DeploymentPhase.FAILED || next.phase() == DeploymentPhase.CRASH_LOOPING;
      batch.event(
          bad ? EventRecord.Level.WARNING : EventRecord.Level.NORMAL,
          null,
          "deployment_" + next.phase().id(),
          key
              + " is "
              + next.phase().id().replace('_', ' ')
              + (desired.isJob() ? "" : " (" + next.ready() + "/" + desired.replicas() + " ready)")
              + (next.message() == null ? "" : ": " + next.message()),
          correlation);
    }
  }

  private void watchHealth(@Nullable DesiredDeployment desired) {
    Map<InstanceRecord, List<HealthCheck>> running = new LinkedHashMap<>();
    if (desired != null && !desired.deleted()) {
      for (InstanceRecord row : state.instances.values()) {
        if (!row.removing() && row.state() == InstanceState.RUNNING) {
          List<HealthCheck> checks = state.checks(row, desired);
          if (!checks.isEmpty()) {
            running.put(row, checks);
          }
        }
      }
    }
    around.health().watch(key, running, id -> state.probes.getOrDefault(id, List.of()));
    if (!running.isEmpty()) {
      around.keepProbes();
    }
  }

  /** For tests: the instances as last recorded. */
  synchronized Set<InstanceId> instanceIds() {
    return Set.copyOf(state.instances.keySet());
  }
}
