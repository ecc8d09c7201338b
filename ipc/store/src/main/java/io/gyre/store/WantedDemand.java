package io.gyre.store;

import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;

/** What a deployment asks of the host, per instance. */
public record WantedDemand(DeploymentKey key, int replicas, Demand each) {
  public Demand all() {
    return each.times(replicas);
  }
}
