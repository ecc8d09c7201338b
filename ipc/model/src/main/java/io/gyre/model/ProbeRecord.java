package io.gyre.model;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How it stands with one check of one instance, and how its last probes went. Written by the
 * reconciler only; kept for a while after the instance is gone.
 *
 * @param index of the check among those of the revision, from 0
 * @param what is probed, in words: {@code http GET http://localhost/}
 * @param role {@code startup}, {@code readiness} or {@code liveness}
 * @param run when the main process that this speaks of was started
 * @param since when the state became as it is
 * @param answers oldest first, at most {@link #KEPT}; answers that are the same are one entry
 */
public record ProbeRecord(
    InstanceId instance,
    DeploymentKey deployment,
    int index,
    String what,
    String role,
    @Nullable Instant run,
    State state,
    Instant since,
    List<Answer> answers,
    Instant updatedAt) {
  public static final int KEPT = 10;

  public enum State {
    /** No probe has decided yet. */
    UNKNOWN,
    PASSING,
    /** Failed as often in a row as its threshold says, and not passed since. */
    FAILING;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The same answer, so often in a row.
   *
   * @param first when it came first
   * @param last when it came last
   * @param latencyMs of the last one
   * @param detail what the probe saw, for the user
   */
  public record Answer(
      boolean ok, String detail, Instant first, Instant last, long times, long latencyMs) {}

  public ProbeRecord {
    answers = List.copyOf(answers);
  }
}
