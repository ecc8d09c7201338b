package io.gyre.reconciler.plan;

import io.gyre.model.EventRecord;
import io.gyre.model.RolloutRecord;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which revision a deployment is to run now, and what is new about its rollouts.
 *
 * @param revision to run: the wanted one, or the one that was gone back to
 * @param stable the other revision that last served with all its instances, 0: none
 * @param changed rows to write
 * @param notes what to tell
 * @param rolledBack the wanted revision that {@code revision} stands in for; null: none
 * @param wakeAt when to look again though nothing happened; null: not before something does
 */
public record Course(
    long revision,
    long stable,
    List<RolloutRecord> changed,
    List<Note> notes,
    @Nullable RolloutRecord rolledBack,
    @Nullable Instant wakeAt) {
  /** An event to be. */
  public record Note(EventRecord.Level level, String reason, String message) {}

  public Course {
    changed = List.copyOf(changed);
    notes = List.copyOf(notes);
  }
}
