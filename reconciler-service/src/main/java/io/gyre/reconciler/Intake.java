package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.EventRecord;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.reconciler.plan.Planner;
import io.gyre.store.EventQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes down what happened to the instances of a deployment; on the thread of its worker. */
final class Intake {
  private static final long MAX_BACKOFF_MS = 60_000;

  /** A start that failed this often in a row counts as one that never succeeds. */
  private static final int HOPELESS_STARTS = 3;

  private final DeploymentKey key;
  private final Surroundings around;
  private final DeploymentState state;
  private final Checkup checkup;

  Intake(DeploymentKey key, Surroundings around, DeploymentState state, Checkup checkup) {
    this.checkup = checkup;
    this.key = key;
    this.around = around;
    this.state = state;
  }

  void take(Input input, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    switch (input) {
      case Input.Wake wake -> {}
      case Input.Observed observed -> observed(observed, desired, batch, now);
      case Input.Gone gone -> gone(gone, desired, batch, now);
      case Input.Done done -> {
        state.busySince.remove(done.instance());
        state.succeeded(done.instance());
        InstanceRecord row = state.instances.get(done.instance());
        if (row != null && done.restartNonce() > row.restartNonce()) {
          state.put(batch, Rows.restarted(row, done.restartNonce(), now));
          batch.event(
              EventRecord.Level.NORMAL,
              row.id(),
              "instance_restarted_as_asked",
              row.id() + " was restarted as asked",
              done.correlation());
        }
      }
      case Input.Failed failed -> failed(failed, desired, batch, now);
      case Input.Missing missing -> missing(missing, batch, now);
      case Input.HostRestarted restarted -> {
        for (InstanceRecord row : List.copyOf(state.instances.values())) {
          if (state.busySince.remove(row.id()) != null && row.state() == InstanceState.STARTING) {
            state.put(batch, Rows.pending(row, "the runtime host was restarted", now));
          }
        }
      }
      case Input.RuntimeReady ready -> {
        for (InstanceRecord row : List.copyOf(state.instances.values())) {
          // What backs off after a crash keeps its time: that is the host's affair.
          // So does what drains: that its runtime is back is no reason to stop it sooner.
          boolean waits =
              row.state() == InstanceState.FAILED || (row.removing() && !row.draining());
          if (row.runtime().equals(ready.runtime()) && waits && row.nextStartAt() != null) {
            state.succeeded(row.id());
            state.put(
                batch, row.removing() ? Rows.removing(row, now) : Rows.pending(row, null, now));
          }
        }
      }
      case Input.TryAgain again -> {
        for (InstanceRecord row : List.copyOf(state.instances.values())) {
          if (row.state() == InstanceState.FAILED && !row.removing()) {
            state.succeeded(row.id());
            state.put(batch, Rows.pending(row, null, now));
          }
        }
      }
      case Input.Checked checked -> checkup.take(checked, desired, batch, now);
    }
  }

  private void observed(
      Input.Observed input, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    InstanceId id = input.observation().id();
    InstanceRecord row = state.instances.get(id);
    if (row == null) {
      orphan(input, batch);
      return;
    }
    boolean ready = row.ready();
    if (row.state() != InstanceState.RUNNING
        || Observations.startedAnew(row, input.observation())) {
      ready =
          !probed(row, desired)
              && !job(desired)
              && Observations.livedFor(input.observation().startedAt(), Planner.SETTLE, now);
    }
    boolean halted = desired != null && state.halted(desired).halted() != null;
    InstanceRecord after =
        Observations.applied(row, input.observation(), ready, halted, job(desired), now);
    if (after.state() == InstanceState.CRASH_LOOPING && after.nextStartAt() == null) {
      around.wakeLater(key, Observations.STABLE.plusMillis(50));
    }
    if (!Observations.same(row, after)) {
      Narrator.tell(batch, row, after, input.correlation());
      state.put(batch, after);
    }
  }

  /**
   * Something runs that no row asks for. It is removed where this deployment was known; else only
   * told. Where the rows are those of a backup it may well have been asked for since: then it stays
   * until somebody changes the deployment.
   */
  private void orphan(Input.Observed input, Batch batch) {
    InstanceId id = input.observation().id();
    Optional<DesiredDeployment> wanted = around.store().read().deployment(key);
    boolean known = wanted.isPresent() || !around.store().read().changes(key, null, 1).isEmpty();
    long generation = wanted.map(DesiredDeployment::generation).orElse(0L);
    boolean restored =
        around.store().read().restoredGeneration(key).filter(at -> at == generation).isPresent();
    boolean removed = known && !restored;
    if (state.busySince.containsKey(id)
        || (!removed
            && (!around.isNewStranger(id, key, input.observation().runtime()) || told(id)))) {
      return;
    }
    String words;
    if (removed) {
      words = " runs though nothing asks for it; it is removed";
    } else if (restored) {
      words =
          " runs, but the backup that was restored doesn't know it; it is left alone until "
              + key
              + " is changed";
    } else {
      words = " runs, but this data root has never known " + key + "; it is left alone";
    }
    batch.event(
        EventRecord.Level.WARNING,
        id,
        removed ? "orphan_removed" : "orphan_found",
        id + words,
        input.correlation());
    if (removed) {
      state.busySince.put(id, around.clock().instant());
      around.instanceBelongsTo(id, key, input.observation().runtime());
      batch.send(new Message.RemoveInstance(id, key, Long.MAX_VALUE), input.correlation());
    }
  }

  /** By an earlier process, which must not be repeated. */
  private boolean told(InstanceId stranger) {
    EventQuery last =
        new EventQuery(0, 1, key.namespace(), key.name(), stranger.value(), null, true);
    return around.store().read().events(last).stream()
        .anyMatch(event -> event.reason().equals("orphan_found"));
  }

  private void strangerLeft(InstanceId id, Batch batch, String correlation) {
    if (around.strangerLeft(id)) {
      batch.event(
          EventRecord.Level.NORMAL,
          id,
          "orphan_gone",
          id + ", which nothing asked for, is gone",
          correlation);
    }
  }

  private void gone(
      Input.Gone gone, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    state.busySince.remove(gone.instance());
    state.succeeded(gone.instance());
    InstanceRecord row = state.instances.get(gone.instance());
    if (row == null) {
      strangerLeft(gone.instance(), batch, gone.correlation());
      around.instanceForgotten(gone.instance());
      return;
    }
    if (row.removing()) {
      state.forget(row, batch, gone.correlation());
    } else {
      if (row.state() != InstanceState.STOPPING) {
        batch.event(
            EventRecord.Level.WARNING,
            row.id(),
            "instance_vanished",
            row.id() + " was removed by somebody else" + (job(desired) ? "" : "; it is made again"),
            gone.correlation());
      }
      state.put(batch, Rows.pending(row, "was removed by somebody else", now));
    }
  }

  private void failed(
      Input.Failed failed, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    state.busySince.remove(failed.instance());
    InstanceRecord row = state.instances.get(failed.instance());
    if (row == null) {
      return;
    }
    boolean stopping = row.state() == InstanceState.STOPPING && !row.removing();
    int attempts = state.failedStarts.merge(row.id(), 1, Integer::sum);
    if (failed.code().equals(Message.CommandFailed.POSTPONED) && desired != null) {
      postponed(row, failed, desired, attempts, batch, now);
      return;
    }
    long delay =
        failed.retryable()
            ? Math.min(MAX_BACKOFF_MS, 1000L << Math.min(attempts - 1, 6))
            : MAX_BACKOFF_MS;
    delay += (long) (delay * 0.1 * (around.random().nextDouble() * 2 - 1));
    // Where the engine is away no revision is to blame.
    boolean blamed = failed.kind() != ErrorKind.UNAVAILABLE;
    if (blamed && !stopping && (!failed.retryable() || attempts >= HOPELESS_STARTS)) {
      state.hopeless.put(row.id(), "cannot be started: " + failed.message());
    }
    String message =
        failed.hint() == null ? failed.message() : failed.message() + "; " + failed.hint();
    if ((row.state() != InstanceState.FAILED && !stopping)
        || !Objects.equals(row.message(), message)
        || !Objects.equals(row.reason(), failed.code())) {
      batch.event(
          EventRecord.Level.WARNING,
          row.id(),
          failed.code(),
          row.id()
              + (row.removing()
                  ? " could not be removed: "
                  : stopping ? " could not be stopped: " : " could not be started: ")
              + message,
          failed.correlation());
    }
    InstanceRecord after = Rows.failed(row, failed.code(), message, now.plusMillis(delay), now);
    state.put(
        batch, stopping && job(desired) ? Rows.stopping(after, after.nextStartAt(), now) : after);
    if (desired != null && row.restartNonce() < desired.restartNonce()) {
      state.restartFailed(row.id(), desired.restartNonce(), now.plusMillis(delay));
    }
    around.wakeLater(key, Duration.ofMillis(delay + 5));
  }

  /** It runs as before: what it needs for another start isn't there. */
  private void postponed(
      InstanceRecord row,
      Input.Failed failed,
      DesiredDeployment desired,
      int attempts,
      Batch batch,
      Instant now) {
    String message =
        "is not restarted yet, and runs on: "
            + failed.message()
            + (failed.hint() == null ? "" : "; " + failed.hint());
    if (!message.equals(row.message())) {
      batch.event(
          EventRecord.Level.WARNING,
          row.id(),
          failed.code(),
          row.id() + " " + message,
          failed.correlation());
      state.put(batch, Rows.noted(row, failed.code(), message, now));
    }
    Duration delay =
        Duration.ofMillis(Math.min(MAX_BACKOFF_MS, 1000L << Math.min(attempts - 1, 6)));
    state.restartFailed(row.id(), desired.restartNonce(), now.plus(delay));
    around.wakeLater(key, delay.plusMillis(5));
  }

  private void missing(Input.Missing missing, Batch batch, Instant now) {
    for (InstanceId id : missing.instances()) {
      if (!state.instances.containsKey(id)) {
        strangerLeft(id, batch, missing.correlation());
      }
    }
    for (InstanceRecord row : List.copyOf(state.instances.values())) {
      if (!row.runtime().equals(missing.runtime()) || !missing.instances().contains(row.id())) {
        continue;
      }
      if (row.removing()) {
        state.forget(row, batch, missing.correlation());
      } else if (row.state() != InstanceState.PENDING
          && row.state() != InstanceState.FAILED
          && row.state() != InstanceState.STOPPED) {
        state.busySince.remove(row.id());
        state.put(batch, Rows.pending(row, "its runtime does not have it", now));
      }
    }
  }

  /** Whether a probe says when an instance is ready; else it is when it has run for a moment. */
  private boolean probed(InstanceRecord row, @Nullable DesiredDeployment desired) {
    return desired != null && state.checks(row, desired).stream().anyMatch(HealthCheck::readiness);
  }

  private static boolean job(@Nullable DesiredDeployment desired) {
    return desired != null && desired.isJob();
  }

  /** What has run long enough is ready, and does not count as crash looping any more. */
  void settle(DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    if (job(desired)) {
      return;
    }
    for (InstanceRecord row : List.copyOf(state.instances.values())) {
      if (row.state() == InstanceState.RUNNING
          && !row.ready()
          && !row.draining()
          && !row.removing()
          && row.startedAt() != null
          && !probed(row, desired)) {
        if (!Observations.livedFor(row.startedAt(), Planner.SETTLE, now)) {
          Instant settled = row.startedAt().plus(Planner.SETTLE);
          around.wakeLater(key, Duration.between(now, settled).plusMillis(1));
        } else {
          InstanceRecord after = Rows.ready(row, true, null, now);
          Narrator.tell(batch, row, after, correlation);
          state.put(batch, after);
        }
      }
      if (row.state() == InstanceState.CRASH_LOOPING
          && row.nextStartAt() == null
          && row.pid() != null
          && Observations.stable(row.startedAt(), now)) {
        InstanceRecord after = Rows.stable(row, !probed(row, desired), now);
        Narrator.tell(batch, row, after, correlation);
        state.put(batch, after);
      }
    }
  }
}
