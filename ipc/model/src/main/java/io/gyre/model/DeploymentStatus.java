package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a deployment is. Written by the reconciler only.
 *
 * @param observedGeneration the newest desired generation that this speaks of
 * @param ready ready instances of the current revision
 * @param total instances of any revision that exist
 */
public record DeploymentStatus(
    DeploymentKey key,
    long observedGeneration,
    DeploymentPhase phase,
    int ready,
    int total,
    @Nullable String reason,
    @Nullable String message,
    Instant since,
    Instant updatedAt) {}
