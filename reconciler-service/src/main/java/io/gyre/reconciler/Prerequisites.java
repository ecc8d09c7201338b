package io.gyre.reconciler;

import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.JobRun;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a deployment waits for before its first instance is made. */
final class Prerequisites {
  private final Surroundings around;

  Prerequisites(Surroundings around) {
    this.around = around;
  }

  /**
   * The first dependency that hasn't come so far, in words; null where it may begin, or where it
   * has begun already.
   */
  @Nullable String waitsFor(DesiredDeployment wanted, Collection<InstanceRecord> instances) {
    if (wanted.dependencies().isEmpty() || wanted.deleted()) {
      return null;
    }
    for (InstanceRecord instance : instances) {
      if (!instance.removing()) {
        return null;
      }
    }
    for (Dependency dependency : wanted.dependencies()) {
      DeploymentKey key = new DeploymentKey(wanted.key().namespace(), dependency.deployment());
      // Before it is looked at, so that no change is missed in between.
      around.waitsFor(wanted.key(), key);
      String missing = missing(key, dependency.condition());
      if (missing != null) {
        return missing;
      }
    }
    return null;
  }

  private @Nullable String missing(DeploymentKey key, Dependency.Condition condition) {
    Optional<DesiredDeployment> awaited = around.store().read().deployment(key);
    if (awaited.isEmpty() || awaited.get().deleted()) {
      return key.name() + ", which does not exist";
    }
    Optional<DeploymentStatus> status = around.store().read().status(key);
    @Nullable JobRun last =
        condition == Dependency.Condition.COMPLETED ? lastRun(awaited.get()) : null;
    boolean met =
        switch (condition) {
          case STARTED ->
              around.store().read().instances(key.namespace(), key.name(), null, 1000).stream()
                  .anyMatch(each -> each.state() == InstanceState.RUNNING && !each.removing());
          case READY ->
              status
                  .filter(now -> now.ready() > 0 && now.ready() >= awaited.get().replicas())
                  .isPresent();
          case COMPLETED -> last != null && last.state() == JobRun.State.SUCCEEDED;
        };
    if (met) {
      return null;
    }
    if (condition == Dependency.Condition.COMPLETED) {
      return key.name() + " to be completed (" + (last == null ? "no run yet" : words(last)) + ")";
    }
    String how =
        status
            .map(now -> now.phase().id().replace('_', ' ') + ", " + now.ready() + "/")
            .orElse("pending, 0/");
    return key.name()
        + " to be "
        + condition.id()
        + " ("
        + how
        + awaited.get().replicas()
        + " ready)";
  }

  /** The newest run that speaks of what is wanted now. */
  private @Nullable JobRun lastRun(DesiredDeployment job) {
    List<JobRun> runs = around.store().read().jobRuns(job.key());
    JobRun last = runs.isEmpty() ? null : runs.getLast();
    boolean older = last != null && last.revision() != job.revision();
    boolean scheduled = job.jobPolicy().schedule() != null;
    return older && !scheduled ? null : last;
  }

  private static String words(JobRun run) {
    return "run "
        + run.number()
        + " "
        + run.state().id().replace('_', ' ')
        + (run.message() == null ? "" : ": " + run.message());
  }
}
