package io.gyre.api.admission;

import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import org.jspecify.annotations.Nullable;

/**
 * What a change of one deployment asks for.
 *
 * @param before null: there was none
 * @param path of what is to blame, in the manifest or the request
 * @param file of the manifest; null: there is none
 */
public record Claim(
    @Nullable DesiredDeployment before,
    DesiredDeployment after,
    String path,
    @Nullable String file,
    int line) {
  public DeploymentKey key() {
    return after.key();
  }

  /** Whether another revision was wanted before. */
  public boolean isNewRevision() {
    return before != null && before.revision() != after.revision();
  }

  long deployments() {
    return (after.deleted() ? 0L : 1L) - (wasThere() ? 1L : 0L);
  }

  long instances() {
    return (after.deleted() ? 0 : after.replicas()) - (long) replicasBefore();
  }

  Demand each() {
    return Demand.of(after.spec().resources());
  }

  Demand demandBefore() {
    return before == null || before.deleted()
        ? Demand.NONE
        : Demand.of(before.spec().resources()).times(before.replicas());
  }

  Demand demandAfter() {
    return after.deleted() ? Demand.NONE : each().times(after.replicas());
  }

  private boolean wasThere() {
    return before != null && !before.deleted();
  }

  private int replicasBefore() {
    return before == null || before.deleted() ? 0 : before.replicas();
  }
}
