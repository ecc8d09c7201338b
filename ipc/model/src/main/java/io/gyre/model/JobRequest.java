package io.gyre.model;

import java.time.Instant;

/**
 * What a user asked of a job. Written by the API only; answered once, in order.
 *
 * @param run CANCEL only: which one, 0: all that are under way
 */
public record JobRequest(
    long seq,
    DeploymentKey key,
    String uid,
    Kind kind,
    long run,
    String actor,
    Instant at,
    String correlation) {
  public enum Kind {
    RUN,
    CANCEL
  }
}
