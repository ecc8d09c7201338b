package io.gyre.model;

import java.time.Instant;

/**
 * That a health check stopped a deployment. Written by the reconciler only, which acts on it at
 * once; the desired state follows when the API hears of it.
 *
 * @param uid of the deployment
 * @param generation at which it was decided; any later one has taken it in, or is a decision after
 *     it
 * @param instance whose check failed
 */
public record HaltRecord(
    DeploymentKey key,
    String uid,
    long generation,
    InstanceId instance,
    String message,
    Instant at) {

  /** Whether the desired state doesn't know of it yet. */
  public boolean inForce(DesiredDeployment desired) {
    return desired.uid().equals(uid) && desired.generation() == generation;
  }

  public Halt halt() {
    return new Halt(Halt.HEALTH_CHECK, message);
  }
}
