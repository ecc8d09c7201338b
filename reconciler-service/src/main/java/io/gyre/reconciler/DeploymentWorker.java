package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.HealthCheck;
import io.gyre.model.Ids;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.reconciler.plan.Plan;
import io.gyre.reconciler.plan.Planner;
import io.gyre.reconciler.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one deployment, one look at a time: takes all that happened since the last look,
 * plans, commits the rows, then sends the commands. {@link #post} is for any thread; everything
 * else runs on one thread at a time.
 *
 * <p>A command goes out only after the row that asks for it was committed, so that a crash at any
 * point leaves at most a row without a command, which the next look commands.
 */
final class DeploymentWorker {
  private static final Logger log = LoggerFactory.getLogger(DeploymentWorker.class);

  /** A command without an answer is sent again after this long. */
  static final Duration COMMAND_PATIENCE = Duration.ofSeconds(30);

  private static final Duration RETRY_STORE = Duration.ofSeconds(1);
  private static final Duration RETRY_BUS = Duration.ofSeconds(1);
  private static final long MAX_BACKOFF_MS = 60_000;

  private final DeploymentKey key;
  private final Surroundings around;
  private final Outbox outbox;
  private final ConcurrentLinkedQueue<Input> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private final Map<InstanceId, InstanceRecord> instances = new TreeMap<>();
  private final Map<InstanceId, Instant> busySince = new HashMap<>();
  private final Map<InstanceId, Integer> failedStarts = new HashMap<>();
  private @Nullable DeploymentStatus status;
  private boolean loaded;
  private long plannedGeneration;

  DeploymentWorker(DeploymentKey key, Surroundings around) {
    this.key = key;
    this.around = around;
    this.outbox =
        new Outbox(
            next -> around.publish(next.message(), next.correlation()),
            () -> around.wakeLater(key, RETRY_BUS));
  }

  void post(Input input) {
    inbox.add(input);
    if (scheduled.compareAndSet(false, true)) {
      around.run(this::look);
    }
  }

  private void look() {
    scheduled.set(false);
    synchronized (this) {
      try {
        load();
        lookOnce();
      } catch (GyreException e) {
        log.warn("{}: {}: {}; trying again in {}", key, e.code(), e.getMessage(), RETRY_STORE);
        loaded = false;
        around.requestReport();
        around.wakeLater(key, RETRY_STORE);
      } catch (RuntimeException e) {
        log.error("{}: a look failed; trying again in {}", key, RETRY_STORE, e);
        loaded = false;
        around.requestReport();
        around.wakeLater(key, RETRY_STORE);
      }
    }
  }

  /** Reads the rows once, and again after a commit failed. */
  private void load() {
    if (loaded) {
      return;
    }
    instances.clear();
    busySince.clear();
    InstanceId after = null;
    List<InstanceRecord> page;
    do {
      page = around.store().read().instances(key.namespace(), key.name(), after, 500);
      for (InstanceRecord row : page) {
        instances.put(row.id(), row);
        around.instanceBelongsTo(row.id(), key);
        after = row.id();
      }
    } while (page.size() == 500);
    status = around.store().read().status(key).orElse(null);
    loaded = true;
  }

  private void lookOnce() {
    Instant now = around.clock().instant();
    Batch batch = new Batch(key, now);
    String correlation = "resync";
    Optional<DesiredDeployment> desired = around.store().read().deployment(key);
    for (Input input = inbox.poll(); input != null; input = inbox.poll()) {
      if (!input.correlation().isEmpty()) {
        correlation = input.correlation();
      }
      take(input, desired.orElse(null), batch, now);
    }
    forgetStaleCommands(now);
    if (desired.isPresent()) {
      settle(desired.get(), batch, now, correlation);
      if (desired.get().generation() != plannedGeneration) {
        correlation = desired.get().correlation();
        plannedGeneration = desired.get().generation();
      }
      Plan plan =
          Planner.plan(desired.get(), List.copyOf(instances.values()), busySince.keySet(), now);
      carryOut(plan, desired.get(), batch, now, correlation);
      if (plan.wakeAt() != null) {
        around.wakeLater(key, Duration.between(now, plan.wakeAt()).plusMillis(1));
      }
    } else {
      removeLeftovers(batch, now, correlation);
    }
    commit(batch, correlation);
    watchHealth(desired.orElse(null));
    if (desired.isEmpty() && instances.isEmpty() && outbox.empty()) {
      around.retire(key);
    }
  }

  private void commit(Batch batch, String correlation) {
    if (!batch.writesNothing()) {
      Failpoints.hit("reconciler.look.planned");
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
    outbox.send(batch.outgoing());
    if (!batch.writesNothing()) {
      around.stateChanged(correlation);
    }
  }

  // ---- what happened

  private void take(Input input, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    switch (input) {
      case Input.Wake wake -> {}
      case Input.Observed observed -> observed(observed, desired, batch, now);
      case Input.Gone gone -> gone(gone, batch, now);
      case Input.Done done -> {
        busySince.remove(done.instance());
        failedStarts.remove(done.instance());
        InstanceRecord row = instances.get(done.instance());
        if (row != null && done.restartNonce() > row.restartNonce()) {
          put(batch, Rows.restarted(row, done.restartNonce(), now));
          batch.event(
              EventRecord.Level.NORMAL,
              row.id(),
              "instance_restarted_as_asked",
              row.id() + " was restarted as asked",
              done.correlation());
        }
      }
      case Input.Failed failed -> failed(failed, batch, now);
      case Input.Reported reported -> reported(reported, batch, now);
      case Input.HostRestarted restarted -> {
        for (InstanceRecord row : List.copyOf(instances.values())) {
          if (busySince.remove(row.id()) != null && row.state() == InstanceState.STARTING) {
            put(batch, Rows.pending(row, "the runtime host was restarted", now));
          }
        }
      }
      case Input.RuntimeReady ready -> {
        for (InstanceRecord row : List.copyOf(instances.values())) {
          // What backs off after a crash keeps its time: that is the host's affair.
          boolean waits = row.state() == InstanceState.FAILED || row.removing();
          if (row.runtime().equals(ready.runtime()) && waits && row.nextStartAt() != null) {
            failedStarts.remove(row.id());
            put(batch, row.removing() ? Rows.removing(row, now) : Rows.pending(row, null, now));
          }
        }
      }
      case Input.Readiness readiness -> {
        InstanceRecord row = instances.get(readiness.instance());
        if (row != null
            && row.state() == InstanceState.RUNNING
            && row.ready() != readiness.ready()) {
          InstanceRecord after =
              Rows.ready(
                  row, readiness.ready(), readiness.ready() ? null : readiness.detail(), now);
          Narrator.tell(batch, row, after, readiness.correlation());
          put(batch, after);
        }
      }
      case Input.Unhealthy unhealthy -> unhealthy(unhealthy, desired, batch, now);
    }
  }

  private void observed(
      Input.Observed input, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    InstanceId id = input.observation().id();
    InstanceRecord row = instances.get(id);
    if (row == null) {
      orphan(input, batch);
      return;
    }
    boolean ready = row.ready();
    if (row.state() != InstanceState.RUNNING
        || Observations.startedAnew(row, input.observation())) {
      ready =
          !probed(desired)
              && Observations.livedFor(input.observation().startedAt(), Planner.SETTLE, now);
    }
    InstanceRecord after = Observations.applied(row, input.observation(), ready, now);
    if (after.state() == InstanceState.CRASH_LOOPING && after.nextStartAt() == null) {
      around.wakeLater(key, Observations.STABLE.plusMillis(50));
    }
    Narrator.tell(batch, row, after, input.correlation());
    put(batch, after);
  }

  /**
   * Something runs that no row asks for. It is removed where this deployment was known; else only
   * told.
   */
  private void orphan(Input.Observed input, Batch batch) {
    InstanceId id = input.observation().id();
    boolean known =
        around.store().read().deployment(key).isPresent()
            || !around.store().read().changes(key, null, 1).isEmpty();
    if (busySince.containsKey(id)) {
      return;
    }
    batch.event(
        EventRecord.Level.WARNING,
        id,
        known ? "orphan_removed" : "orphan_found",
        known
            ? id + " runs though nothing asks for it; it is removed"
            : id + " runs, but this data root has never known " + key + "; it is left alone",
        input.correlation());
    if (known) {
      busySince.put(id, around.clock().instant());
      around.instanceBelongsTo(id, key);
      batch.send(new Message.RemoveInstance(id, key, Long.MAX_VALUE), input.correlation());
    }
  }

  private void gone(Input.Gone gone, Batch batch, Instant now) {
    busySince.remove(gone.instance());
    failedStarts.remove(gone.instance());
    InstanceRecord row = instances.get(gone.instance());
    if (row == null) {
      around.instanceForgotten(gone.instance());
      return;
    }
    if (row.removing()) {
      forget(row, batch, gone.correlation());
    } else {
      batch.event(
          EventRecord.Level.WARNING,
          row.id(),
          "instance_vanished",
          row.id() + " was removed by somebody else; it is made again",
          gone.correlation());
      put(batch, Rows.pending(row, "was removed by somebody else", now));
    }
  }

  private void forget(InstanceRecord row, Batch batch, String correlation) {
    instances.remove(row.id());
    busySince.remove(row.id());
    failedStarts.remove(row.id());
    around.instanceForgotten(row.id());
    batch.remove(row.id());
    batch.event(
        EventRecord.Level.NORMAL,
        row.id(),
        "instance_removed",
        row.id() + " is removed",
        correlation);
  }

  private void failed(Input.Failed failed, Batch batch, Instant now) {
    busySince.remove(failed.instance());
    InstanceRecord row = instances.get(failed.instance());
    if (row == null) {
      return;
    }
    int attempts = failedStarts.merge(row.id(), 1, Integer::sum);
    long delay =
        failed.retryable()
            ? Math.min(MAX_BACKOFF_MS, 1000L << Math.min(attempts - 1, 6))
            : MAX_BACKOFF_MS;
    delay += (long) (delay * 0.1 * (around.random().nextDouble() * 2 - 1));
    String message =
        failed.hint() == null ? failed.message() : failed.message() + "; " + failed.hint();
    if (row.state() != InstanceState.FAILED
        || !Objects.equals(row.message(), message)
        || !Objects.equals(row.reason(), failed.code())) {
      batch.event(
          EventRecord.Level.WARNING,
          row.id(),
          failed.code(),
          row.id()
              + (row.removing() ? " could not be removed: " : " could not be started: ")
              + message,
          failed.correlation());
    }
    put(batch, Rows.failed(row, failed.code(), message, now.plusMillis(delay), now));
    around.wakeLater(key, Duration.ofMillis(delay + 5));
  }

  private void reported(Input.Reported reported, Batch batch, Instant now) {
    for (InstanceRecord row : List.copyOf(instances.values())) {
      if (!row.runtime().equals(reported.runtime()) || reported.instances().contains(row.id())) {
        continue;
      }
      if (row.removing()) {
        forget(row, batch, reported.correlation());
      } else if (row.state() != InstanceState.PENDING && row.state() != InstanceState.FAILED) {
        busySince.remove(row.id());
        put(batch, Rows.pending(row, "its runtime does not have it", now));
      }
    }
  }

  private void unhealthy(
      Input.Unhealthy unhealthy, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    InstanceRecord row = instances.get(unhealthy.instance());
    if (row == null || desired == null || row.removing()) {
      return;
    }
    boolean restart = unhealthy.restart() && !busySince.containsKey(row.id());
    batch.event(
        EventRecord.Level.WARNING,
        row.id(),
        restart ? "health_check_restart" : "health_check_failed",
        row.id() + " is unhealthy: " + unhealthy.detail() + (restart ? "; it is restarted" : ""),
        unhealthy.correlation());
    if (restart) {
      busySince.put(row.id(), now);
      batch.send(
          new Message.RestartInstance(
              row.id(), key, row.revision(), desired.generation(), -now.toEpochMilli()),
          unhealthy.correlation());
    }
  }

  /** Whether a probe says when an instance is ready; else it is when it has run for a moment. */
  private static boolean probed(@Nullable DesiredDeployment desired) {
    return desired != null
        && desired.spec().healthChecks().stream().anyMatch(HealthCheck::readiness);
  }

  /** What has run long enough is ready, and does not count as crash looping any more. */
  private void settle(DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    for (InstanceRecord row : List.copyOf(instances.values())) {
      if (row.state() == InstanceState.RUNNING
          && !row.ready()
          && !row.removing()
          && row.startedAt() != null
          && !probed(desired)) {
        if (!Observations.livedFor(row.startedAt(), Planner.SETTLE, now)) {
          Instant settled = row.startedAt().plus(Planner.SETTLE);
          around.wakeLater(key, Duration.between(now, settled).plusMillis(1));
        } else {
          InstanceRecord after = Rows.ready(row, true, null, now);
          Narrator.tell(batch, row, after, correlation);
          put(batch, after);
        }
      }
      if (row.state() == InstanceState.CRASH_LOOPING
          && row.nextStartAt() == null
          && row.pid() != null
          && Observations.stable(row.startedAt(), now)) {
        InstanceRecord after = Rows.stable(row, !probed(desired), now);
        Narrator.tell(batch, row, after, correlation);
        put(batch, after);
      }
    }
  }

  private void forgetStaleCommands(Instant now) {
    busySince.values().removeIf(since -> Planner.livedFor(since, COMMAND_PATIENCE, now));
  }

  // ---- what is done about it

  private void carryOut(
      Plan plan, DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    for (Step step : plan.steps()) {
      switch (step) {
        case Step.Create create -> {
          InstanceId id = Ids.instance(key.name(), around.random());
          put(batch, Rows.created(id, desired, create.ordinal(), correlation, now));
          around.instanceBelongsTo(id, key);
          batch.planned(
              id,
              "planned_create",
              "start " + id + " of revision " + create.revision(),
              create,
              correlation);
          start(batch, id, desired, create.revision(), now, correlation);
        }
        case Step.Start start -> {
          InstanceRecord row = Objects.requireNonNull(instances.get(start.instance()));
          batch.planned(
              row.id(), "planned_start", "start " + row.id() + " again", start, correlation);
          start(batch, row.id(), desired, row.revision(), now, correlation);
        }
        case Step.Restart restart -> {
          InstanceRecord row = Objects.requireNonNull(instances.get(restart.instance()));
          batch.planned(row.id(), "planned_restart", "restart " + row.id(), restart, correlation);
          busySince.put(row.id(), now);
          batch.commanded(row.id(), "restart", correlation);
          batch.send(
              new Message.RestartInstance(
                  row.id(), key, row.revision(), desired.generation(), restart.nonce()),
              correlation);
        }
        case Step.Remove remove -> {
          InstanceRecord row = Objects.requireNonNull(instances.get(remove.instance()));
          if (!row.removing()) {
            batch.planned(row.id(), "planned_remove", "remove " + row.id(), remove, correlation);
          }
          put(batch, Rows.removing(row, now));
          busySince.put(row.id(), now);
          batch.commanded(row.id(), "remove", correlation);
          batch.send(new Message.RemoveInstance(row.id(), key, desired.generation()), correlation);
        }
        case Step.Forget forget -> {
          if (status != null) {
            batch.event(
                EventRecord.Level.NORMAL,
                null,
                "deployment_removed",
                key + " is removed",
                correlation);
          }
          batch.write(tx -> tx.removeStatus(key));
          batch.send(
              new Message.DeploymentRemoved(key, desired.uid(), desired.generation()), correlation);
          status = null;
          return;
        }
      }
    }
    status(
        Planner.plan(desired, List.copyOf(instances.values()), busySince.keySet(), now).status(),
        desired,
        batch,
        now,
        correlation);
  }

  private void start(
      Batch batch,
      InstanceId id,
      DesiredDeployment desired,
      long revision,
      Instant now,
      String correlation) {
    busySince.put(id, now);
    batch.commanded(id, "start", correlation);
    batch.send(new Message.StartInstance(id, key, revision, desired.generation()), correlation);
  }

  private void status(
      Plan.Status next, DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    DeploymentStatus before = status;
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
    status = after;
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
              + " ("
              + next.ready()
              + "/"
              + desired.replicas()
              + " ready)"
              + (next.message() == null ? "" : ": " + next.message()),
          correlation);
    }
  }

  /** The row of the deployment is gone, so nothing of it may be left. */
  private void removeLeftovers(Batch batch, Instant now, String correlation) {
    for (InstanceRecord row : List.copyOf(instances.values())) {
      if (!busySince.containsKey(row.id())) {
        put(batch, Rows.removing(row, now));
        busySince.put(row.id(), now);
        batch.send(new Message.RemoveInstance(row.id(), key, Long.MAX_VALUE), correlation);
      }
    }
    if (status != null && instances.isEmpty()) {
      batch.write(tx -> tx.removeStatus(key));
      status = null;
    }
  }

  private void put(Batch batch, InstanceRecord row) {
    instances.put(row.id(), row);
    batch.put(row);
  }

  private void watchHealth(@Nullable DesiredDeployment desired) {
    List<InstanceRecord> running = new ArrayList<>();
    if (desired != null && !desired.deleted()) {
      for (InstanceRecord row : instances.values()) {
        if (!row.removing()
            && row.revision() == desired.revision()
            && row.state() == InstanceState.RUNNING) {
          running.add(row);
        }
      }
    }
    around
        .health()
        .watch(key, desired == null ? List.of() : desired.spec().healthChecks(), running);
  }

  /** For tests: the instances as last recorded. */
  synchronized Set<InstanceId> instanceIds() {
    return Set.copyOf(instances.keySet());
  }
}
