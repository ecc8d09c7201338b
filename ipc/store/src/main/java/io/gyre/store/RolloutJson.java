package io.gyre.store;

import io.gyre.model.RolloutPolicy;
import io.gyre.model.RolloutPolicy.Amount;
import io.gyre.model.RolloutPolicy.Strategy;
import java.time.Duration;
import java.util.TreeMap;

/** A rollout policy as JSON text: what has its default is left out. */
final class RolloutJson {
  private RolloutJson() {}

  static String write(RolloutPolicy policy) {
    RolloutPolicy usual = RolloutPolicy.DEFAULT;
    TreeMap<String, Object> fields = new TreeMap<>();
    if (policy.strategy() != usual.strategy()) {
      fields.put("strategy", policy.strategy().name());
    }
    if (!policy.maxSurge().equals(usual.maxSurge())) {
      fields.put("maxSurge", policy.maxSurge().toString());
    }
    if (!policy.maxUnavailable().equals(usual.maxUnavailable())) {
      fields.put("maxUnavailable", policy.maxUnavailable().toString());
    }
    if (!policy.progressDeadline().equals(usual.progressDeadline())) {
      fields.put("progressDeadline", policy.progressDeadline().toString());
    }
    if (policy.autoRollback() != usual.autoRollback()) {
      fields.put("autoRollback", policy.autoRollback());
    }
    if (policy.canary() != usual.canary()) {
      fields.put("canary", policy.canary());
    }
    if (!policy.drain().equals(usual.drain())) {
      fields.put("drain", policy.drain().toString());
    }
    return Json.write(fields);
  }

  static RolloutPolicy read(String json) {
    RolloutPolicy usual = RolloutPolicy.DEFAULT;
    Json.Members fields = Json.object(json);
    return new RolloutPolicy(
        Strategy.valueOf(fields.string("strategy", usual.strategy().name())),
        amount(fields.string("maxSurge", usual.maxSurge().toString())),
        amount(fields.string("maxUnavailable", usual.maxUnavailable().toString())),
        Duration.parse(fields.string("progressDeadline", usual.progressDeadline().toString())),
        fields.bool("autoRollback", usual.autoRollback()),
        fields.number("canary", usual.canary()),
        Duration.parse(fields.string("drain", usual.drain().toString())));
  }

  private static Amount amount(String text) {
    boolean percent = text.endsWith("%");
    return new Amount(
        Integer.parseInt(percent ? text.substring(0, text.length() - 1) : text), percent);
  }
}
