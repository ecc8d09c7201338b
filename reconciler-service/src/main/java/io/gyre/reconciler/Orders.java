package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.Ids;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.reconciler.plan.Plan;
import io.gyre.reconciler.plan.Planner;
import io.gyre.reconciler.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Turns the steps of a plan into rows and commands; makes no choices. */
final class Orders {
  private final DeploymentKey key;
  private final Surroundings around;
  private final DeploymentState state;

  Orders(DeploymentKey key, Surroundings around, DeploymentState state) {
    this.key = key;
    this.around = around;
    this.state = state;
  }

  void carryOut(
      Plan plan, DesiredDeployment desired, Batch batch, Instant now, String correlation) {
    for (Step step : plan.steps()) {
      switch (step) {
        case Step.Create create -> {
          InstanceId id = Ids.instance(key.name(), around.random());
          state.put(batch, Rows.created(id, desired, create.ordinal(), correlation, now));
          around.instanceBelongsTo(id, key, desired.spec().runtime());
          batch.planned(
              id,
              "planned_create",
              "start " + id + " of revision " + create.revision(),
              create.because(),
              correlation);
          start(batch, id, desired, create.revision(), now, correlation);
        }
        case Step.CreateWaiting waiting -> {
          InstanceId id = Ids.instance(key.name(), around.random());
          state.put(
              batch,
              Rows.waiting(
                  Rows.created(id, desired, waiting.ordinal(), correlation, now),
                  waiting.shortage(),
                  now));
          around.instanceBelongsTo(id, key, desired.spec().runtime());
          batch.event(
              EventRecord.Level.WARNING,
              id,
              waiting.shortage().reason(),
              id + " of revision " + waiting.revision() + " " + waiting.because(),
              correlation);
        }
        case Step.Start start -> {
          InstanceRecord row = Objects.requireNonNull(state.instances.get(start.instance()));
          if (row.state() == InstanceState.STOPPED || row.state() == InstanceState.STOPPING) {
            // To start it is all that a restart that was asked for meanwhile could mean.
            state.put(batch, Rows.restarted(row, desired.restartNonce(), now));
          }
          if (Planner.waitsForRoom(row)) {
            // It is new, so whatever restart was asked for before is done with its start.
            row = Rows.pending(Rows.restarted(row, desired.restartNonce(), now), null, now);
            state.put(batch, row);
          }
          batch.planned(
              row.id(),
              "planned_start",
              "start " + row.id() + " again",
              start.because(),
              correlation);
          start(batch, row.id(), desired, row.revision(), now, correlation);
        }
        case Step.Restart restart -> {
          InstanceRecord row = Objects.requireNonNull(state.instances.get(restart.instance()));
          batch.planned(
              row.id(), "planned_restart", "restart " + row.id(), restart.because(), correlation);
          state.busySince.put(row.id(), now);
          batch.commanded(row.id(), "restart", correlation);
          batch.send(
              new Message.RestartInstance(
                  row.id(), key, row.revision(), desired.generation(), restart.nonce()),
              correlation);
        }
        case Step.Drain drain -> {
          InstanceRecord row = Objects.requireNonNull(state.instances.get(drain.instance()));
          String then = drain.removes() ? "remove" : "restart";
          batch.planned(
              row.id(),
              "planned_drain",
              row.id() + " is ready no more, to " + then + " it at " + drain.until(),
              drain.because(),
              correlation);
          state.put(batch, Rows.draining(row, drain.removes(), drain.until(), now));
        }
        case Step.Stop stop -> {
          InstanceRecord row = Objects.requireNonNull(state.instances.get(stop.instance()));
          if (row.state() != InstanceState.STOPPING) {
            batch.planned(
                row.id(), "planned_stop", "stop " + row.id(), stop.because(), correlation);
          }
          state.put(batch, Rows.stopping(row, now));
          state.busySince.put(row.id(), now);
          batch.commanded(row.id(), "stop", correlation);
          batch.send(
              new Message.StopInstance(row.id(), key, row.revision(), desired.generation()),
              correlation);
        }
        case Step.Remove remove -> {
          InstanceRecord row = Objects.requireNonNull(state.instances.get(remove.instance()));
          remove(batch, row, desired, remove.because(), now, correlation);
        }
        case Step.Forget forget -> forget(batch, desired, correlation);
      }
    }
  }

  void remove(
      Batch batch,
      InstanceRecord row,
      DesiredDeployment desired,
      String because,
      Instant now,
      String correlation) {
    if (!row.removing()) {
      batch.planned(row.id(), "planned_remove", "remove " + row.id(), because, correlation);
    }
    state.put(batch, Rows.removing(row, now));
    state.busySince.put(row.id(), now);
    batch.commanded(row.id(), "remove", correlation);
    batch.send(new Message.RemoveInstance(row.id(), key, desired.generation()), correlation);
  }

  void forget(Batch batch, DesiredDeployment desired, String correlation) {
    if (state.status != null) {
      batch.event(
          EventRecord.Level.NORMAL, null, "deployment_removed", key + " is removed", correlation);
    }
    forgetRows(batch);
    state.rollouts.clear();
    batch.send(
        new Message.DeploymentRemoved(key, desired.uid(), desired.generation()), correlation);
    state.status = null;
  }

  private void forgetRows(Batch batch) {
    batch.write(tx -> tx.removeStatus(key));
    batch.write(tx -> tx.removeRollouts(key));
    batch.write(tx -> tx.removeJob(key));
  }

  void start(
      Batch batch,
      InstanceId id,
      DesiredDeployment desired,
      long revision,
      Instant now,
      String correlation) {
    state.busySince.put(id, now);
    batch.commanded(id, "start", correlation);
    batch.send(new Message.StartInstance(id, key, revision, desired.generation()), correlation);
  }

  /** The row of the deployment is gone, so nothing of it may be left. */
  void removeLeftovers(Batch batch, Instant now, String correlation) {
    for (InstanceRecord row : List.copyOf(state.instances.values())) {
      if (!state.busySince.containsKey(row.id())) {
        state.put(batch, Rows.removing(row, now));
        state.busySince.put(row.id(), now);
        batch.send(new Message.RemoveInstance(row.id(), key, Long.MAX_VALUE), correlation);
      }
    }
    if (state.status != null && state.instances.isEmpty()) {
      forgetRows(batch);
      state.status = null;
    }
  }
}
