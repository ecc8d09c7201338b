package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.HaltRecord;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.RolloutRecord;
import io.gyre.reconciler.health.Verdict;
import io.gyre.reconciler.plan.Conditions;
import io.gyre.reconciler.plan.Navigator;
import io.gyre.store.RevisionRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is done about instances that fail their health checks; on the thread of the deployment's
 * worker. Each decision is in the rows before anything is commanded: a restart that is asked for
 * and not yet due, or whose command was lost with a process, is found there again.
 */
final class Checkup {
  /** Restarts in a row after which an instance of a new revision is broken. */
  private static final int MOST_RESTARTS = 3;

  /** A time farther ahead was noted by a clock that has been set back since. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(6);

  private final DeploymentKey key;
  private final Surroundings around;
  private final DeploymentState state;

  Checkup(DeploymentKey key, Surroundings around, DeploymentState state) {
    this.key = key;
    this.around = around;
    this.state = state;
  }

  void take(Input.Checked input, @Nullable DesiredDeployment desired, Batch batch, Instant now) {
    InstanceRecord row = state.instances.get(input.verdict().instance());
    if (row == null
        || desired == null
        || row.removing()
        || row.state() != InstanceState.RUNNING
        || !sameRun(row, input.verdict().run())) {
      return;
    }
    state.checked.add(row.id());
    switch (input.verdict()) {
      case Verdict.Changed changed -> {}
      case Verdict.Readiness readiness -> {
        if (!row.draining() && row.ready() != readiness.ready()) {
          InstanceRecord after =
              Rows.ready(
                  row, readiness.ready(), readiness.ready() ? null : readiness.detail(), now);
          Narrator.tell(batch, row, after, input.correlation());
          state.put(batch, after);
        }
      }
      case Verdict.Unhealthy unhealthy -> {
        if (state.halted(desired).halted() == null) {
          unhealthy(row, unhealthy, desired, batch, now, input.correlation());
        }
      }
    }
  }

  private static boolean sameRun(InstanceRecord row, @Nullable Instant run) {
    Instant started = row.startedAt();
    if (started == null || run == null) {
      return Objects.equals(started, run);
    }
    return started.toEpochMilli() == run.toEpochMilli();
  }

  private void unhealthy(
      InstanceRecord row,
      Verdict.Unhealthy unhealthy,
      DesiredDeployment desired,
      Batch batch,
      Instant now,
      String correlation) {
    String words = row.id() + " is unhealthy: " + unhealthy.detail();
    switch (unhealthy.action()) {
      case ALERT -> warn(batch, row, "health_check_failed", words, correlation);
      case RESTART -> restart(row, unhealthy, desired, batch, now, correlation);
      case STOP -> {
        if (outgoing(row, desired)) {
          // It is on its way out, and the wanted revision is not to blame.
          warn(batch, row, "health_check_failed", words, correlation);
        } else if (goesBack(row, desired)) {
          state.hopeless.put(row.id(), "is unhealthy: " + unhealthy.detail());
          warn(batch, row, "health_check_failed", words, correlation);
        } else {
          HaltRecord halt =
              new HaltRecord(
                  key,
                  desired.uid(),
                  desired.generation(),
                  row.id(),
                  row.id() + ": " + unhealthy.detail(),
                  now);
          state.halt = halt;
          batch.write(tx -> tx.putHalt(halt));
          warn(batch, row, "health_check_stop", words + "; " + key + " is stopped", correlation);
        }
      }
    }
  }

  /** Whether another revision is to take its place; after a rollback none is. */
  private boolean outgoing(InstanceRecord row, DesiredDeployment desired) {
    RolloutRecord wanted = state.rollouts.get(desired.revision());
    boolean rolledBack = wanted != null && wanted.state() == RolloutRecord.State.ROLLED_BACK;
    return row.revision() != desired.revision() && !rolledBack;
  }

  /** Whether the last healthy revision is to take the place of this instance's. */
  private boolean goesBack(InstanceRecord row, DesiredDeployment desired) {
    if (row.revision() != desired.revision()) {
      return false;
    }
    Set<Long> stored =
        around.store().read().revisions(key).stream()
            .map(RevisionRecord::revision)
            .collect(Collectors.toSet());
    return Navigator.goesBack(desired, state.rollouts.values(), stored);
  }

  private void restart(
      InstanceRecord row,
      Verdict.Unhealthy unhealthy,
      DesiredDeployment desired,
      Batch batch,
      Instant now,
      String correlation) {
    Instant startedAt = row.startedAt();
    HealthRestart before =
        state.healthRestarts.getOrDefault(row.id(), HealthRestart.none(row.id()));
    if (startedAt == null || before.concerns(startedAt)) {
      return;
    }
    HealthRestart next =
        before.unhealthy(
            startedAt,
            unhealthy.passedFor(),
            unhealthy.detail(),
            now,
            around.random().nextDouble());
    state.put(batch, next);
    Duration wait = Duration.between(now, next.dueAt());
    warn(
        batch,
        row,
        "health_check_failed",
        row.id()
            + " is unhealthy: "
            + unhealthy.detail()
            + "; it is restarted"
            + (wait.isPositive()
                ? " in "
                    + (wait.toMillis() + 999) / 1000
                    + " s (restart "
                    + next.row()
                    + " in a row)"
                : ""),
        correlation);
    if (next.row() > MOST_RESTARTS && goesBack(row, desired)) {
      state.hopeless.put(
          row.id(),
          "was restarted " + MOST_RESTARTS + " times by its health check: " + unhealthy.detail());
    }
  }

  private static void warn(
      Batch batch, InstanceRecord row, String reason, String message, String correlation) {
    batch.event(EventRecord.Level.WARNING, row.id(), reason, message, correlation);
  }

  /** Commands what is due, calls off what passes again, and forgets what has been done. */
  void settle(DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    Set<InstanceId> busy = state.busy(desired, now);
    for (HealthRestart restart : List.copyOf(state.healthRestarts.values())) {
      InstanceRecord row = state.instances.get(restart.instance());
      Instant dueAt = restart.dueAt();
      if (row == null || dueAt == null) {
        continue;
      }
      if (!restart.concerns(row.startedAt())) {
        if (row.startedAt() != null) {
          state.put(batch, restart.done());
        }
        continue;
      }
      if (row.removing() || row.state() != InstanceState.RUNNING || desired.halted() != null) {
        continue;
      }
      Duration wait = Duration.between(now, dueAt);
      if (!restart.commanded()
          && Conditions.failing(row, state.probes.getOrDefault(row.id(), List.of())) == null) {
        state.put(batch, restart.calledOff());
        batch.event(
            EventRecord.Level.NORMAL,
            row.id(),
            "health_check_recovered",
            row.id() + " passes again; it is not restarted",
            correlation);
      } else if (wait.isPositive() && wait.compareTo(LONGEST_WAIT) < 0) {
        around.wakeLater(key, wait.plusMillis(1));
      } else if (!busy.contains(row.id())) {
        command(row, restart, desired, batch, now, correlation);
      }
    }
  }

  private void command(
      InstanceRecord row,
      HealthRestart restart,
      DesiredDeployment desired,
      Batch batch,
      Instant now,
      String correlation) {
    if (!restart.commanded()) {
      state.put(batch, restart.begin());
      warn(
          batch,
          row,
          "health_check_restart",
          row.id() + " is restarted, because it is unhealthy: " + restart.message(),
          correlation);
    }
    state.busySince.put(row.id(), now);
    batch.commanded(row.id(), "restart", correlation);
    batch.send(
        new Message.RestartRun(
            row.id(),
            key,
            row.revision(),
            desired.generation(),
            Objects.requireNonNull(row.startedAt())),
        correlation);
  }
}
