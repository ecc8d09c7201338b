package io.gyre.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user wants of one deployment: the desired state. Written by the API only.
 *
 * @param uid new for every deployment that was made after a deletion had ended
 * @param generation grows by one with every change of anything here
 * @param revision the revision to run, from 1
 * @param replicas instances to run, 0 or more
 * @param restartNonce grows by one with every asked-for restart
 * @param deleted whether all of it is to go
 * @param rollout how a new revision takes the place of another
 * @param dependencies what must have come how far before its first instance is made
 * @param paused whether a rollout stands still
 * @param promoted the greatest revision whose canary was told to go on, 0 for none
 * @param correlation of the last change
 * @param halted why it is to stand still; null: it is to run
 * @param job how it runs; null for a worker
 */
public record DesiredDeployment(
    DeploymentKey key,
    String uid,
    long generation,
    long revision,
    int replicas,
    long restartNonce,
    boolean deleted,
    DeploymentSpec spec,
    RolloutPolicy rollout,
    List<Dependency> dependencies,
    boolean paused,
    long promoted,
    Instant createdAt,
    Instant updatedAt,
    String correlation,
    @Nullable Halt halted,
    @Nullable JobPolicy job) {
  public DesiredDeployment {
    dependencies = List.copyOf(dependencies);
  }

  /** A worker that is to run. */
  public DesiredDeployment(
      DeploymentKey key,
      String uid,
      long generation,
      long revision,
      int replicas,
      long restartNonce,
      boolean deleted,
      DeploymentSpec spec,
      RolloutPolicy rollout,
      List<Dependency> dependencies,
      boolean paused,
      long promoted,
      Instant createdAt,
      Instant updatedAt,
      String correlation) {
    this(
        key,
        uid,
        generation,
        revision,
        replicas,
        restartNonce,
        deleted,
        spec,
        rollout,
        dependencies,
        paused,
        promoted,
        createdAt,
        updatedAt,
        correlation,
        null,
        null);
  }

  /** With the default rollout, not paused. */
  public DesiredDeployment(
      DeploymentKey key,
      String uid,
      long generation,
      long revision,
      int replicas,
      long restartNonce,
      boolean deleted,
      DeploymentSpec spec,
      Instant createdAt,
      Instant updatedAt,
      String correlation) {
    this(
        key,
        uid,
        generation,
        revision,
        replicas,
        restartNonce,
        deleted,
        spec,
        RolloutPolicy.DEFAULT,
        List.of(),
        false,
        0,
        createdAt,
        updatedAt,
        correlation);
  }

  /** The same with another revision to run. */
  public DesiredDeployment running(long otherRevision, DeploymentSpec otherSpec) {
    return new DesiredDeployment(
        key,
        uid,
        generation,
        otherRevision,
        replicas,
        restartNonce,
        deleted,
        otherSpec,
        rollout,
        dependencies,
        paused,
        promoted,
        createdAt,
        updatedAt,
        correlation,
        halted,
        job);
  }

  /** The same, to go with all its instances; no other generation. */
  public DesiredDeployment gone() {
    return new DesiredDeployment(
        key,
        uid,
        generation,
        revision,
        replicas,
        restartNonce,
        true,
        spec,
        rollout,
        dependencies,
        paused,
        promoted,
        createdAt,
        updatedAt,
        correlation,
        halted,
        job);
  }

  /** The same as another generation. */
  public DesiredDeployment changed(long otherGeneration, Instant at, String by) {
    return new DesiredDeployment(
        key,
        uid,
        otherGeneration,
        revision,
        replicas,
        restartNonce,
        deleted,
        spec,
        rollout,
        dependencies,
        paused,
        promoted,
        createdAt,
        at,
        by,
        halted,
        job);
  }

  /** The same, to stand still or to run; no other generation. */
  public DesiredDeployment halted(@Nullable Halt halt) {
    return new DesiredDeployment(
        key,
        uid,
        generation,
        revision,
        replicas,
        restartNonce,
        deleted,
        spec,
        rollout,
        dependencies,
        paused,
        promoted,
        createdAt,
        updatedAt,
        correlation,
        halt,
        job);
  }

  /** The policy of a job. */
  public JobPolicy jobPolicy() {
    return job == null ? JobPolicy.DEFAULT : job;
  }

  public boolean isJob() {
    return spec.kind() == WorkloadKind.JOB;
  }

  /** Whether old and new instances can't run side by side, or shall not. */
  public boolean recreates() {
    return rollout.strategy() == RolloutPolicy.Strategy.RECREATE || spec.needsRecreate();
  }
}
