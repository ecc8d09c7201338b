package io.gyre.api.condition;

import io.gyre.model.Condition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One aspect of a deployment or an instance. */
public record ConditionView(
    String type,
    String status,
    String reason,
    @Nullable String message,
    Instant since,
    long observedGeneration) {
  public static ConditionView of(Condition condition) {
    return new ConditionView(
        condition.type().id(),
        condition.status().id(),
        condition.reason(),
        condition.message(),
        condition.since(),
        condition.observedGeneration());
  }
}
