package io.gyre.api.deployment;

import io.gyre.api.condition.ConditionView;
import io.gyre.model.Condition;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.JobRun;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A deployment as clients see it: what is wanted and how far it is. */
record DeploymentView(
    String namespace,
    String name,
    String uid,
    long generation,
    long revision,
    int replicas,
    int ready,
    int total,
    String phase,
    @Nullable String reason,
    @Nullable String message,
    Instant since,
    long observedGeneration,
    boolean deleted,
    String runtime,
    @Nullable String image,
    @Nullable List<String> command,
    Instant createdAt,
    Instant updatedAt,
    Map<String, String> labels,
    boolean paused,
    boolean stopped,
    RolloutView rollout,
    List<ConditionView> conditions,
    SpecView spec,
    @Nullable JobView job,
    @Nullable AutoscaleView autoscale) {

  /**
   * @param lastRun of a job, null where there was none
   */
  static DeploymentView of(
      DesiredDeployment wanted,
      @Nullable DeploymentStatus status,
      List<Condition> conditions,
      @Nullable JobRun lastRun,
      @Nullable AutoscaleView autoscale,
      Instant now) {
    return new DeploymentView(
        wanted.key().namespace(),
        wanted.key().name(),
        wanted.uid(),
        wanted.generation(),
        wanted.revision(),
        wanted.replicas(),
        status == null ? 0 : status.ready(),
        status == null ? 0 : status.total(),
        phase(wanted, status).id(),
        status == null ? null : status.reason(),
        status == null ? null : status.message(),
        status == null ? wanted.updatedAt() : status.since(),
        status == null ? 0 : status.observedGeneration(),
        wanted.deleted(),
        wanted.spec().runtime(),
        wanted.spec().container() == null ? null : wanted.spec().container().image(),
        wanted.spec().process() == null ? null : wanted.spec().process().argv(),
        wanted.createdAt(),
        wanted.updatedAt(),
        wanted.spec().labels(),
        wanted.paused(),
        wanted.halted() != null,
        RolloutView.of(wanted.rollout()),
        conditions.stream().map(ConditionView::of).toList(),
        SpecView.of(wanted.spec()),
        wanted.isJob() ? JobView.of(wanted, lastRun, now) : null,
        autoscale);
  }

  private static DeploymentPhase phase(
      DesiredDeployment wanted, @Nullable DeploymentStatus status) {
    if (wanted.deleted()) {
      return DeploymentPhase.DELETING;
    }
    return status == null ? DeploymentPhase.PENDING : status.phase();
  }
}
