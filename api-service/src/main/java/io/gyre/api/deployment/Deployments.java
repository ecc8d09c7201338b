package io.gyre.api.deployment;

import io.gyre.api.admission.Admission;
import io.gyre.api.admission.Claim;
import io.gyre.api.content.Volumes;
import io.gyre.api.http.Call;
import io.gyre.api.problem.StatusException;
import io.gyre.manifest.ReplicaRules;
import io.gyre.model.Autoscale;
import io.gyre.model.ChangeRecord;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.Halt;
import io.gyre.model.Violation;
import io.gyre.store.DesiredTx;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of single deployments. Each is durable when its method returns, and announced then. */
public final class Deployments {
  private static final Logger log = LoggerFactory.getLogger(Deployments.class);
  private static final int PAGE = 500;
  private static final int KEPT_CHANGES = 20_000;
  private static final Duration KEPT_FOR = Duration.ofDays(90);
  static final int MAX_REPLICAS = 1000;

  private final Store store;
  private final Announcer announcer;
  private final Clock clock;
  private final Admission admission;

  public Deployments(Store store, Announcer announcer, Clock clock, Admission admission) {
    this.admission = admission;
    this.store = store;
    this.announcer = announcer;
    this.clock = clock;
  }

  public static GyreException notFound(DeploymentKey key) {
    return GyreException.notFound(
        "deployment", key.toString(), "see what there is: gyre get deployments -A");
  }

  DesiredDeployment scale(DeploymentKey key, int replicas, @Nullable String ifMatch, Call call) {
    return change(
        key,
        ifMatch,
        call,
        "scale",
        (before, after) -> "replicas " + before.replicas() + " -> " + after.replicas(),
        (tx, now) -> {
          requireLive(now);
          requireWorker(now, "scaled", "change job.completions or job.parallelism and apply it");
          tx.autoscale(key).ifPresent(policy -> refuseScaling(now, policy));
          List<Violation> problems = ReplicaRules.check(now.spec(), replicas);
          if (!problems.isEmpty()) {
            throw GyreException.invalid("deployment.replicas.invalid", problems);
          }
          if (replicas == now.replicas()) {
            return now;
          }
          DesiredDeployment after = with(now, replicas, now.restartNonce(), false, call);
          admission.require(tx, List.of(new Claim(now, after, "replicas", null, 0)), Map.of());
          return after;
        });
  }

  /** Also starts what is stopped. */
  private static void refuseScaling(DesiredDeployment deployment, Autoscale policy) {
    throw new GyreException(
        ErrorKind.CONFLICT,
        "deployment.autoscaled",
        deployment.key()
            + " is scaled by its load, from "
            + policy.min()
            + " to "
            + policy.max()
            + " replicas; now it has "
            + deployment.replicas(),
        "change min and max of autoscale in its manifest, or remove autoscale, and apply it");
  }

  /**
   * The reconciler has decided on another number; what is wanted follows, unless it was changed
   * meanwhile.
   *
   * @param generation that it decided on
   */
  public void scaledByLoad(
      DeploymentKey key,
      String uid,
      long generation,
      int replicas,
      String reason,
      String correlation) {
    Call call = Call.ofReconciler(correlation);
    try {
      var _ =
          change(
              key,
              null,
              call,
              "scale",
              (before, after) ->
                  "replicas " + before.replicas() + " -> " + after.replicas() + ": " + reason,
              (tx, now) -> {
                boolean meant =
                    !now.deleted() && now.uid().equals(uid) && now.generation() == generation;
                int within =
                    meant
                        ? tx.autoscale(key)
                            .map(policy -> policy.within(replicas))
                            .orElse(now.replicas())
                        : now.replicas();
                boolean possible = ReplicaRules.check(now.spec(), within).isEmpty();
                return within == now.replicas() || !possible
                    ? now
                    : with(now, within, now.restartNonce(), false, call);
              });
    } catch (GyreException e) {
      log.warn("{}: cannot be scaled to {}: {}", key, replicas, e.getMessage());
    }
  }

  DesiredDeployment restart(DeploymentKey key, @Nullable String ifMatch, Call call) {
    return change(
        key,
        ifMatch,
        call,
        "restart",
        (before, after) -> "restart all instances",
        (tx, now) -> {
          requireWorker(now, "restarted", "gyre job run " + now.key() + " runs it again");
          requireLive(now);
          return with(now, now.replicas(), now.restartNonce() + 1, false, call).halted(null);
        });
  }

  /** Stops all instances and keeps them. */
  DesiredDeployment stop(DeploymentKey key, @Nullable String ifMatch, Call call) {
    Halt halt = new Halt(Halt.ASKED, "asked for by " + call.actor());
    return change(
        key,
        ifMatch,
        call,
        "stop",
        (before, after) -> "stop all instances and keep them",
        (tx, now) -> {
          requireWorker(now, "stopped", "gyre job cancel " + now.key() + " ends its runs");
          requireLive(now);
          return now.halted() != null
              ? now
              : with(now, now.replicas(), now.restartNonce(), false, call).halted(halt);
        });
  }

  DesiredDeployment start(DeploymentKey key, @Nullable String ifMatch, Call call) {
    return change(
        key,
        ifMatch,
        call,
        "start",
        (before, after) -> "start all instances",
        (tx, now) -> {
          requireLive(now);
          return now.halted() == null
              ? now
              : with(now, now.replicas(), now.restartNonce(), false, call).halted(null);
        });
  }

  /** A health check has stopped it; what is wanted follows, unless it was changed since. */
  public void halted(
      DeploymentKey key, String uid, long generation, String reason, String correlation) {
    Call call = Call.ofReconciler(correlation);
    Halt halt = new Halt(Halt.HEALTH_CHECK, reason);
    try {
      var _ =
          change(
              key,
              null,
              call,
              "stop",
              (before, after) -> "stop all instances and keep them: " + reason,
              (tx, now) ->
                  now.deleted() || !now.uid().equals(uid) || now.generation() != generation
                      ? now
                      : with(now, now.replicas(), now.restartNonce(), false, call).halted(halt));
    } catch (GyreException e) {
      log.warn("{}: cannot follow its health check: {}", key, e.getMessage());
    }
  }

  /** Marks it as to go; once all of it is gone {@link #removed} forgets it. */
  DesiredDeployment delete(DeploymentKey key, @Nullable String ifMatch, Call call) {
    return change(
        key,
        ifMatch,
        call,
        "delete",
        (before, after) -> "delete with all instances",
        (tx, now) ->
            now.deleted() ? now : with(now, now.replicas(), now.restartNonce(), true, call));
  }

  /**
   * Changes one deployment, in one transaction with its entry in the log of changes.
   *
   * @param detail what to note of the change, from before and after
   * @param step what it returns is to be; what it was given: nothing changes
   */
  DesiredDeployment change(
      DeploymentKey key,
      @Nullable String ifMatch,
      Call call,
      String verb,
      BiFunction<DesiredDeployment, DesiredDeployment, String> detail,
      BiFunction<DesiredTx, DesiredDeployment, DesiredDeployment> step) {
    record Outcome(DesiredDeployment deployment, boolean changed) {}
    Outcome outcome =
        store
            .desired()
            .transact(
                tx -> {
                  DesiredDeployment before =
                      Halts.takenIn(tx, tx.deployment(key).orElseThrow(() -> notFound(key)));
                  requireMatch(before, ifMatch);
                  DesiredDeployment after = step.apply(tx, before);
                  if (after.generation() == before.generation()) {
                    return new Outcome(before, false);
                  }
                  tx.putDeployment(after);
                  record(tx, verb, after, detail.apply(before, after), call);
                  return new Outcome(after, true);
                });
    Failpoints.hit("api.change.committed");
    if (outcome.changed()) {
      announcer.changed(key, outcome.deployment().generation(), call.correlation());
    }
    return outcome.deployment();
  }

  private DesiredDeployment with(
      DesiredDeployment now, int replicas, long restartNonce, boolean deleted, Call call) {
    return new DesiredDeployment(
        now.key(),
        now.uid(),
        now.generation() + 1,
        now.revision(),
        replicas,
        restartNonce,
        deleted,
        now.spec(),
        now.rollout(),
        now.dependencies(),
        now.paused(),
        now.promoted(),
        now.createdAt(),
        now(),
        call.correlation(),
        now.halted(),
        now.job());
  }

  /** The next generation, with another revision or another state of its rollout. */
  DesiredDeployment with(
      DesiredDeployment now,
      long revision,
      DeploymentSpec spec,
      boolean paused,
      long promoted,
      Call call) {
    return new DesiredDeployment(
        now.key(),
        now.uid(),
        now.generation() + 1,
        revision,
        now.replicas(),
        now.restartNonce(),
        now.deleted(),
        spec,
        now.rollout(),
        now.dependencies(),
        paused,
        promoted,
        now.createdAt(),
        now(),
        call.correlation(),
        now.halted(),
        now.job());
  }

  /** The next generation, with nothing else changed. */
  DesiredDeployment next(DesiredDeployment now, Call call) {
    return with(now, now.replicas(), now.restartNonce(), now.deleted(), call);
  }

  private void record(
      DesiredTx tx, String verb, DesiredDeployment after, String detail, Call call) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0,
                now(),
                call.actor(),
                verb,
                after.key().namespace(),
                after.key().name(),
                after.generation(),
                detail,
                call.correlation()));
  }

  <T> T read(Function<StateReader, T> look) {
    return store.snapshot(look);
  }

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  static void requireLive(DesiredDeployment deployment) {
    if (deployment.deleted()) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "deployment.deleting",
          deployment.key() + " is being deleted",
          "apply its manifest to keep it");
    }
  }

  static void requireWorker(DesiredDeployment deployment, String what, String instead) {
    if (deployment.isJob()) {
      throw new GyreException(
          ErrorKind.UNSUPPORTED,
          "deployment.job.unsupported",
          deployment.key() + " is a job and can't be " + what,
          instead);
    }
  }

  private static void requireMatch(DesiredDeployment deployment, @Nullable String ifMatch) {
    if (ifMatch == null || ifMatch.strip().equals("*")) {
      return;
    }
    String current = etag(deployment);
    for (String tag : ifMatch.split(",", -1)) {
      if (tag.strip().equals(current)) {
        return;
      }
    }
    throw new StatusException(
        412,
        "deployment.generation_mismatch",
        deployment.key() + " is at generation " + deployment.generation() + ", not " + ifMatch,
        "read it again, then decide again");
  }

  static String etag(DesiredDeployment deployment) {
    return "\"" + deployment.generation() + "\"";
  }

  /** All of a deleted deployment is gone: forgets it, unless it was wanted again meanwhile. */
  public void removed(DeploymentKey key, String uid, long generation) {
    boolean gone =
        store
            .desired()
            .transact(
                tx ->
                    tx.deployment(key)
                        .filter(
                            now ->
                                now.deleted()
                                    && now.uid().equals(uid)
                                    && now.generation() == generation)
                        .map(
                            now -> {
                              boolean removed = tx.removeDeployment(key, uid);
                              Volumes.release(tx, now);
                              return removed;
                            })
                        .orElse(false));
    if (gone) {
      log.info("{} is gone", key);
      Volumes.announce(store.read(), announcer, key.namespace());
    }
  }

  /** The log of changes is bounded in number and in age. */
  public void sweepChanges() {
    int swept =
        store
            .desired()
            .transact(tx -> tx.sweepChanges(KEPT_CHANGES, clock.instant().minus(KEPT_FOR)));
    if (swept > 0) {
      log.info("{} old changes are swept", swept);
    }
  }

  /** At start: tells of what was committed when this process ended before it could tell. */
  public void announceUnseen() {
    DeploymentKey after = null;
    while (true) {
      List<DesiredDeployment> page = store.read().deployments(null, after, PAGE);
      for (DesiredDeployment deployment : page) {
        boolean seen =
            store
                .read()
                .status(deployment.key())
                .filter(status -> status.observedGeneration() == deployment.generation())
                .isPresent();
        if (!seen) {
          announcer.changed(deployment.key(), deployment.generation(), deployment.correlation());
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      after = page.getLast().key();
    }
  }

  /** At start: forgets what was gone when the message that says so was lost. */
  public void removeLeftovers() {
    DeploymentKey after = null;
    while (true) {
      List<DesiredDeployment> page = store.read().deployments(null, after, PAGE);
      for (DesiredDeployment deployment : page) {
        DeploymentKey key = deployment.key();
        if (deployment.deleted()
            && store.read().status(key).isEmpty()
            && store.read().instances(key.namespace(), key.name(), null, 1).isEmpty()) {
          removed(key, deployment.uid(), deployment.generation());
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      after = page.getLast().key();
    }
  }
}
