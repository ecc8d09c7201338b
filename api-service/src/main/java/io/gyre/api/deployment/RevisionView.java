package io.gyre.api.deployment;

import io.gyre.model.RolloutRecord;
import io.gyre.store.RevisionRecord;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * @param current whether it is the one to run
 * @param state how its rollout stands or ended; null: nothing is known of one
 * @param completedAt when it last served with all its instances; null: never
 */
record RevisionView(
    long revision,
    boolean current,
    String specHash,
    Instant createdAt,
    String correlation,
    String actor,
    @Nullable String state,
    @Nullable String reason,
    @Nullable String message,
    @Nullable Instant startedAt,
    @Nullable Instant completedAt) {
  static RevisionView of(RevisionRecord record, long current, @Nullable RolloutRecord outcome) {
    return new RevisionView(
        record.revision(),
        record.revision() == current,
        record.specHash(),
        record.createdAt(),
        record.correlation(),
        record.actor(),
        outcome == null ? null : outcome.state().id(),
        outcome == null ? null : outcome.reason(),
        outcome == null ? null : outcome.message(),
        outcome == null ? null : outcome.startedAt(),
        outcome == null ? null : outcome.completedAt());
  }
}
