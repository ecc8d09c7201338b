package io.gyre.store;

import io.gyre.model.DeploymentKey;
import java.time.Instant;

/**
 * That a revision exists, without its spec.
 *
 * @param specHash {@link SpecJson#hash} when it was stored
 * @param correlation of the change that made it
 */
public record RevisionRecord(
    DeploymentKey key,
    long revision,
    String specHash,
    Instant createdAt,
    String correlation,
    String actor) {}
