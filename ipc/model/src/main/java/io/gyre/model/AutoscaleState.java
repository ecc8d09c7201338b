package io.gyre.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What scaling by load knows of a deployment, so that a restart in the middle of a cooldown changes
 * nothing about it. Written by the reconciler only.
 *
 * @param uid of the deployment
 * @param lookedAt when it was looked at last
 * @param fewest of what was wanted lately, the smallest that are to be minded, oldest first
 * @param most the greatest, likewise
 * @param cpuPercent in use of what was asked for; null where that isn't known
 * @param message what it came to last, in words
 * @param decision the last one; null before the first
 */
public record AutoscaleState(
    DeploymentKey key,
    String uid,
    Instant lookedAt,
    List<Wish> fewest,
    List<Wish> most,
    @Nullable Integer cpuPercent,
    @Nullable Integer memoryPercent,
    String message,
    @Nullable Decision decision) {

  /** So many replicas would have been right then. */
  public record Wish(Instant at, int replicas) {}

  /**
   * @param generation of the desired state that it was made on; it counts until that is another
   * @param reason in words, with the numbers
   */
  public record Decision(Instant at, long generation, int from, int to, String reason) {}

  public AutoscaleState {
    fewest = List.copyOf(fewest);
    most = List.copyOf(most);
  }
}
