package io.gyre.api.deployment;

import io.gyre.api.http.Call;
import io.gyre.manifest.ReplicaRules;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.RolloutRecord;
import io.gyre.model.Violation;
import io.gyre.store.RevisionRecord;
import io.gyre.store.StateReader;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which revision is wanted, and whether its rollout stands still. */
public final class Rollouts {
  private static final Logger log = LoggerFactory.getLogger(Rollouts.class);

  private final Deployments deployments;

  public Rollouts(Deployments deployments) {
    this.deployments = deployments;
  }

  /**
   * Wants an earlier (or later) revision again.
   *
   * @param revision null: the one that last served with all its instances
   * @param approval throws where that revision may not come back
   */
  DesiredDeployment rollBack(
      DeploymentKey key,
      @Nullable Long revision,
      @Nullable String ifMatch,
      Call call,
      Consumer<DeploymentSpec> approval) {
    return deployments.change(
        key,
        ifMatch,
        call,
        "rollback",
        Rollouts::revisions,
        (tx, now) -> {
          Deployments.requireLive(now);
          long target = revision == null ? before(tx, now) : revision;
          if (target == now.revision() && !now.paused() && now.halted() == null) {
            return now;
          }
          DeploymentSpec spec = spec(tx, key, target);
          approval.accept(spec);
          return back(now, target, spec, call).halted(null);
        });
  }

  DesiredDeployment pause(DeploymentKey key, @Nullable String ifMatch, Call call) {
    return deployments.change(
        key,
        ifMatch,
        call,
        "pause",
        (before, after) -> "the rollout stands still",
        (tx, now) -> {
          Deployments.requireLive(now);
          Deployments.requireWorker(now, "paused", "gyre job cancel " + key + " ends its run");
          return now.paused()
              ? now
              : deployments.with(now, now.revision(), now.spec(), true, now.promoted(), call);
        });
  }

  /** Lets a paused rollout and a waiting canary go on. */
  DesiredDeployment resume(DeploymentKey key, @Nullable String ifMatch, Call call) {
    return deployments.change(
        key,
        ifMatch,
        call,
        "resume",
        (before, after) -> "the rollout goes on",
        (tx, now) -> {
          Deployments.requireLive(now);
          Deployments.requireWorker(now, "resumed", "gyre job run " + key + " runs it again");
          boolean canary =
              tx.rollouts(key).stream()
                  .anyMatch(
                      row ->
                          row.revision() == now.revision()
                              && row.state() == RolloutRecord.State.CANARY);
          if (!now.paused() && !canary) {
            return now;
          }
          long promoted = canary ? now.revision() : now.promoted();
          return deployments.with(now, now.revision(), now.spec(), false, promoted, call);
        });
  }

  /** The reconciler has gone back; what is wanted follows, unless it was changed meanwhile. */
  public void rolledBack(
      DeploymentKey key, String uid, long failed, long healthy, String reason, String correlation) {
    Call call = Call.ofReconciler(correlation);
    try {
      var _ =
          deployments.change(
              key,
              null,
              call,
              "rollback",
              (before, after) ->
                  revisions(before, after) + ": revision " + failed + " failed: " + reason,
              (tx, now) ->
                  now.deleted() || !now.uid().equals(uid) || now.revision() != failed
                      ? now
                      : back(now, healthy, spec(tx, key, healthy), call));
    } catch (GyreException e) {
      log.warn("{}: cannot follow the rollback to {}: {}", key, healthy, e.getMessage());
    }
  }

  private DesiredDeployment back(
      DesiredDeployment now, long target, DeploymentSpec spec, Call call) {
    List<Violation> problems = ReplicaRules.check(spec, now.replicas());
    if (!problems.isEmpty()) {
      throw GyreException.invalid("deployment.rollback.replicas", problems);
    }
    return deployments.with(now, target, spec, false, Math.max(now.promoted(), target), call);
  }

  private static String revisions(DesiredDeployment before, DesiredDeployment after) {
    return "revision " + before.revision() + " -> " + after.revision();
  }

  static DeploymentSpec spec(StateReader state, DeploymentKey key, long revision) {
    return state
        .revisionSpec(key, revision)
        .orElseThrow(
            () ->
                GyreException.notFound(
                    "revision",
                    revision + " of " + key,
                    "see what there is: gyre rollout history " + key));
  }

  /** The other revision that was healthy last; without any, the one before. */
  private static long before(StateReader state, DesiredDeployment now) {
    List<Long> stored = state.revisions(now.key()).stream().map(RevisionRecord::revision).toList();
    return state.rollouts(now.key()).stream()
        .filter(row -> row.revision() != now.revision() && row.completedAt() != null)
        .filter(row -> stored.contains(row.revision()))
        .max(
            Comparator.comparing(
                RolloutRecord::completedAt, Comparator.nullsFirst(Comparator.naturalOrder())))
        .map(RolloutRecord::revision)
        .or(
            () ->
                stored.stream()
                    .filter(revision -> revision < now.revision())
                    .max(Comparator.naturalOrder()))
        .orElseThrow(
            () ->
                new GyreException(
                    ErrorKind.CONFLICT,
                    "deployment.rollback.none",
                    now.key() + " has no other revision to go back to",
                    "see gyre rollout history " + now.key()));
  }
}
