package io.gyre.reconciler.plan;

import io.gyre.model.DeploymentPhase;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done for one deployment now, and how it stands.
 *
 * @param wakeAt when to plan again though nothing happened; null: not before something does
 */
public record Plan(List<Step> steps, Status status, @Nullable Instant wakeAt) {
  /**
   * @param ready ready instances of the current revision
   * @param total instances that exist
   * @param reason short and stable; null where the phase says it all
   */
  public record Status(
      DeploymentPhase phase,
      int ready,
      int total,
      @Nullable String reason,
      @Nullable String message) {}

  public Plan {
    steps = List.copyOf(steps);
  }

  /** Whether nothing is left to look after. */
  public boolean forgets() {
    return steps.stream().anyMatch(Step.Forget.class::isInstance);
  }

  /** For golden tests and logs: a line each step, then the status. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Step step : steps) {
      text.append(
          switch (step) {
            case Step.Create s -> "create #" + s.ordinal() + " of revision " + s.revision();
            case Step.CreateWaiting s ->
                "create waiting #" + s.ordinal() + " of revision " + s.revision();
            case Step.Start s -> "start " + s.instance();
            case Step.Restart s -> "restart " + s.instance() + " for nonce " + s.nonce();
            case Step.Drain s ->
                "drain "
                    + s.instance()
                    + (s.removes() ? "" : ", to restart it,")
                    + " until "
                    + s.until();
            case Step.Stop s -> "stop " + s.instance();
            case Step.Remove s -> "remove " + s.instance();
            case Step.Forget s -> "forget";
          });
      text.append(": ").append(step.because()).append('\n');
    }
    text.append(status.phase().id())
        .append(' ')
        .append(status.ready())
        .append('/')
        .append(status.total());
    if (status.message() != null) {
      text.append(": ").append(status.message());
    }
    if (wakeAt != null) {
      text.append("; again at ").append(wakeAt);
    }
    return text.append('\n').toString();
  }
}
