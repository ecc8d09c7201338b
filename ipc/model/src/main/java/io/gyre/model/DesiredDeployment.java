package io.gyre.model;

import java.time.Instant;

/**
 * What a user wants of one deployment: the desired state. Written by the API only.
 *
 * @param uid new for every deployment that was made after a deletion had ended
 * @param generation grows by one with every change of anything here
 * @param revision the revision to run, from 1
 * @param replicas instances to run, 0 or more
 * @param restartNonce grows by one with every asked-for restart
 * @param deleted whether all of it is to go
 * @param correlation of the last change
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
    Instant createdAt,
    Instant updatedAt,
    String correlation) {}
