package io.gyre.manifest;

import io.gyre.model.RolloutPolicy;
import io.gyre.model.RolloutPolicy.Amount;
import io.gyre.model.RolloutPolicy.Strategy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code rollout}. */
final class RolloutDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of(
              "strategy",
              "max_surge",
              "max_unavailable",
              "progress_deadline",
              "auto_rollback",
              "canary",
              "drain"),
          Order.of("hooks", "steps"),
          Map.of("min_healthy_time", "it belongs to a health check", "type", "use strategy"));

  private static final Pattern AMOUNT = Pattern.compile("(0|[1-9][0-9]{0,3})(%)?");
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Map<String, Strategy> STRATEGIES = new LinkedHashMap<>();

  static {
    STRATEGIES.put("rolling", Strategy.ROLLING);
    STRATEGIES.put("recreate", Strategy.RECREATE);
    STRATEGIES.put("canary", Strategy.CANARY);
  }

  private RolloutDecoder() {}

  /** The default where it's absent; something, after a problem, where it's wrong. */
  static RolloutPolicy decode(@Nullable Value rollout) {
    RolloutPolicy usual = RolloutPolicy.DEFAULT;
    Fields fields =
        rollout == null ? null : rollout.fields(KEYS, "a map, as in {strategy: rolling}");
    if (fields == null) {
      return usual;
    }
    Value strategyValue = fields.get("strategy");
    Strategy strategy = strategyValue == null ? usual.strategy() : strategyValue.oneOf(STRATEGIES);
    Amount surge = amount(fields.get("max_surge"), usual.maxSurge());
    Amount unavailable = amount(fields.get("max_unavailable"), usual.maxUnavailable());
    Value deadlineValue = fields.get("progress_deadline");
    Duration deadline =
        deadlineValue == null
            ? usual.progressDeadline()
            : Durations.read(deadlineValue, SHORTEST, DAY);
    Value rollbackValue = fields.get("auto_rollback");
    Boolean rollback =
        rollbackValue == null ? Boolean.valueOf(usual.autoRollback()) : rollbackValue.bool();
    Value canaryValue = fields.get("canary");
    Integer canary = canaryValue == null ? Integer.valueOf(1) : canaryValue.integer(1, 1000);
    Value drainValue = fields.get("drain");
    Duration drain =
        drainValue == null ? usual.drain() : Durations.read(drainValue, Duration.ZERO, HOUR);
    if (strategy == null || surge == null || unavailable == null) {
      return usual;
    }
    if (surge.value() == 0 && unavailable.value() == 0) {
      fields
          .block()
          .problem(
              "stuck",
              "max_surge and max_unavailable are both 0, so no instance could ever be replaced;"
                  + " raise one of them");
    }
    if (canaryValue != null && strategy != Strategy.CANARY) {
      canaryValue.problem("strategy_conflict", "only the strategy canary has it");
    }
    if (strategy == Strategy.RECREATE) {
      refuse(fields, "max_surge");
      refuse(fields, "max_unavailable");
    }
    if (deadline == null || rollback == null || canary == null || drain == null) {
      return usual;
    }
    return new RolloutPolicy(strategy, surge, unavailable, deadline, rollback, canary, drain);
  }

  private static void refuse(Fields fields, String key) {
    Value value = fields.get(key);
    if (value != null) {
      value.problem("recreate_conflict", "the strategy recreate has none: all instances go first");
    }
  }

  private static @Nullable Amount amount(@Nullable Value value, Amount otherwise) {
    if (value == null) {
      return otherwise;
    }
    String expected = "a number of instances or a share such as 25%";
    String text = value.textOrNumber(expected);
    if (text == null) {
      return null;
    }
    Matcher matcher = AMOUNT.matcher(text);
    if (matcher.matches()) {
      int number = Integer.parseInt(matcher.group(1));
      boolean percent = matcher.group(2) != null;
      if (number <= (percent ? 100 : 1000)) {
        return new Amount(number, percent);
      }
    }
    value.problem(
        "invalid",
        "expected " + expected + ", at most 1000 or 100%, found " + Excerpt.quoted(text));
    return null;
  }
}
