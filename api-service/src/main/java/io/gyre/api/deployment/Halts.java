package io.gyre.api.deployment;

import io.gyre.model.DesiredDeployment;
import io.gyre.store.StateReader;

/** Joins what is wanted with what a health check has decided since. */
public final class Halts {
  private Halts() {}

  /**
   * The deployment as it is now: also where a health check has stopped it and the message that says
   * so is still on its way. Every change builds on this, so that none undoes a stop unasked.
   */
  public static DesiredDeployment takenIn(StateReader state, DesiredDeployment deployment) {
    if (deployment.halted() != null || deployment.deleted()) {
      return deployment;
    }
    return state
        .halt(deployment.key())
        .filter(halt -> halt.inForce(deployment))
        .map(halt -> deployment.halted(halt.halt()))
        .orElse(deployment);
  }
}
