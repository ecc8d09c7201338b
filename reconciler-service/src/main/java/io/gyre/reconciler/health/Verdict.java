package io.gyre.reconciler.health;

import io.gyre.model.DeploymentKey;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the checks of an instance have come to. */
public sealed interface Verdict {
  DeploymentKey deployment();

  InstanceId instance();

  /** When the main process was started that was probed. */
  @Nullable Instant run();

  /** A check passes now, or fails, and did not before. */
  record Changed(DeploymentKey deployment, InstanceId instance, @Nullable Instant run)
      implements Verdict {}

  record Readiness(
      DeploymentKey deployment,
      InstanceId instance,
      @Nullable Instant run,
      boolean ready,
      String detail)
      implements Verdict {}

  /**
   * A check failed as often in a row as its threshold says; told again after as many failures more,
   * unless the action is an alert.
   *
   * @param passedFor how long it had passed before
   */
  record Unhealthy(
      DeploymentKey deployment,
      InstanceId instance,
      @Nullable Instant run,
      HealthCheck.OnFailure action,
      String detail,
      Duration passedFor)
      implements Verdict {}
}
