package io.gyre.api.deployment;

import io.gyre.model.RolloutPolicy;
import java.util.Locale;

/** How a new revision takes the place of another. Amounts are numbers or shares such as 25%. */
record RolloutView(
    String strategy,
    String maxSurge,
    String maxUnavailable,
    long progressDeadlineMs,
    boolean autoRollback,
    int canary,
    long drainMs) {
  static RolloutView of(RolloutPolicy policy) {
    return new RolloutView(
        policy.strategy().name().toLowerCase(Locale.ROOT),
        policy.maxSurge().toString(),
        policy.maxUnavailable().toString(),
        policy.progressDeadline().toMillis(),
        policy.autoRollback(),
        policy.canary(),
        policy.drain().toMillis());
  }
}
