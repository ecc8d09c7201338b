package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How it went, or goes, with one revision of a deployment. Written by the reconciler only.
 *
 * @param uid of the deployment
 * @param reason short and stable, null where the state says it all
 * @param message the reason in words
 * @param startedAt when it last became the wanted revision
 * @param progressedAt when it last came further
 * @param completedAt when it last served with all its instances; null: never. A revision with this
 *     is one to go back to.
 */
public record RolloutRecord(
    DeploymentKey key,
    String uid,
    long revision,
    State state,
    @Nullable String reason,
    @Nullable String message,
    int ready,
    Instant startedAt,
    Instant progressedAt,
    @Nullable Instant completedAt) {
  public enum State {
    /** On its way. */
    PROGRESSING,
    /** Its first instances serve; it goes on when it is resumed. */
    CANARY,
    /** It serves with all its instances. */
    COMPLETE,
    /** It came no further, and nothing is done about it. */
    FAILED,
    /** It came no further, and the last healthy revision serves in its place. */
    ROLLED_BACK,
    /** Another revision was wanted before it was complete. */
    SUPERSEDED;

    public String id() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public RolloutRecord with(
      State next, @Nullable String why, @Nullable String words, Instant progressed) {
    return new RolloutRecord(
        key, uid, revision, next, why, words, ready, startedAt, progressed, completedAt);
  }
}
