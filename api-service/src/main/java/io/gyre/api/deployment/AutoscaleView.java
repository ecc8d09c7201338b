package io.gyre.api.deployment;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.AutoscaleState.Decision;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a deployment is scaled by its load, and how that stands. Percentages are of what a replica
 * asks for.
 *
 * @param cpuAimPercent null where the CPU doesn't matter
 * @param cpuPercent in use now, on average; null where that isn't known
 * @param message what the last look came to
 * @param decision the last one
 */
public record AutoscaleView(
    int min,
    int max,
    @Nullable Integer cpuAimPercent,
    @Nullable Integer memoryAimPercent,
    long cooldownUpMs,
    long cooldownDownMs,
    int tolerancePercent,
    @Nullable Integer cpuPercent,
    @Nullable Integer memoryPercent,
    @Nullable String message,
    @Nullable Decided decision) {

  /** One that was made. */
  public record Decided(Instant at, int from, int to, String reason) {}

  public static AutoscaleView of(Autoscale policy, @Nullable AutoscaleState state) {
    Decision decision = state == null ? null : state.decision();
    return new AutoscaleView(
        policy.min(),
        policy.max(),
        policy.cpuPercent(),
        policy.memoryPercent(),
        policy.cooldownUp().toMillis(),
        policy.cooldownDown().toMillis(),
        policy.tolerancePercent(),
        state == null ? null : state.cpuPercent(),
        state == null ? null : state.memoryPercent(),
        state == null ? null : state.message(),
        decision == null
            ? null
            : new Decided(decision.at(), decision.from(), decision.to(), decision.reason()));
  }
}
