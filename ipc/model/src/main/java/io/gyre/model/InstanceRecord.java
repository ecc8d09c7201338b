package io.gyre.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One instance as the reconciler knows it: what it decided and what was last seen. Written by the
 * reconciler only.
 *
 * @param ordinal the replica that it is, from 0; at most one instance per ordinal and revision
 *     serves
 * @param removing whether it is on its way out
 * @param restartNonce the asked-for restart that it already followed
 * @param ready whether it counts as serving: running, and every readiness check succeeds
 * @param reason short and stable ({@code image_pull_failed}), null where the state says it all
 * @param message the reason in words
 * @param correlation of the decision that made it
 */
public record InstanceRecord(
    InstanceId id,
    DeploymentKey deployment,
    long revision,
    int ordinal,
    String runtime,
    boolean removing,
    InstanceState state,
    boolean ready,
    @Nullable Long pid,
    @Nullable String handle,
    @Nullable String address,
    List<BoundPort> ports,
    long restarts,
    long restartNonce,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant nextStartAt,
    @Nullable ExitRecord lastExit,
    @Nullable String reason,
    @Nullable String message,
    String correlation,
    Instant updatedAt) {
  /** The reason of an instance that runs on for a while, ready no more, before it is stopped. */
  public static final String DRAINING = "draining";

  public InstanceRecord {
    ports = List.copyOf(ports);
  }

  /** Whether it is stopped at {@code nextStartAt}, for good or for a restart, and not before. */
  public boolean draining() {
    return DRAINING.equals(reason);
  }
}
