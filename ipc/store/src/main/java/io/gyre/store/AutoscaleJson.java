package io.gyre.store;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.AutoscaleState.Decision;
import io.gyre.model.AutoscaleState.Wish;
import io.gyre.model.DeploymentKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How a deployment is scaled by its load, and how far that is, as JSON text. */
final class AutoscaleJson {
  private AutoscaleJson() {}

  static String write(Autoscale policy) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("min", policy.min());
    fields.put("max", policy.max());
    put(fields, "cpu", policy.cpuPercent());
    put(fields, "memory", policy.memoryPercent());
    fields.put("cooldownUp", policy.cooldownUp().toString());
    fields.put("cooldownDown", policy.cooldownDown().toString());
    fields.put("tolerance", policy.tolerancePercent());
    put(fields, "replicas", policy.replicas());
    return Json.write(fields);
  }

  static Autoscale policy(String json) {
    Json.Members fields = Json.object(json);
    return new Autoscale(
        fields.number("min", 1),
        fields.number("max", 1),
        small(fields.number("cpu")),
        small(fields.number("memory")),
        Duration.parse(fields.string("cooldownUp", Autoscale.COOLDOWN_UP.toString())),
        Duration.parse(fields.string("cooldownDown", Autoscale.COOLDOWN_DOWN.toString())),
        fields.number("tolerance", Autoscale.TOLERANCE_PERCENT),
        small(fields.number("replicas")));
  }

  static String write(AutoscaleState state) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("lookedAt", state.lookedAt().toEpochMilli());
    fields.put("fewest", state.fewest().stream().map(AutoscaleJson::wish).toList());
    fields.put("most", state.most().stream().map(AutoscaleJson::wish).toList());
    put(fields, "cpu", state.cpuPercent());
    put(fields, "memory", state.memoryPercent());
    fields.put("message", state.message());
    Decision decision = state.decision();
    if (decision != null) {
      Map<String, Object> decided = new TreeMap<>();
      decided.put("at", decision.at().toEpochMilli());
      decided.put("generation", decision.generation());
      decided.put("from", decision.from());
      decided.put("to", decision.to());
      decided.put("reason", decision.reason());
      fields.put("decision", decided);
    }
    return Json.write(fields);
  }

  static AutoscaleState state(DeploymentKey key, String uid, String json) {
    Json.Members fields = Json.object(json);
    return new AutoscaleState(
        key,
        uid,
        instant(fields, "lookedAt"),
        wishes(fields, "fewest"),
        wishes(fields, "most"),
        small(fields.number("cpu")),
        small(fields.number("memory")),
        fields.string("message", ""),
        fields.object("decision", AutoscaleJson::decision));
  }

  private static Decision decision(Json.Members fields) {
    return new Decision(
        instant(fields, "at"),
        Objects.requireNonNull(fields.number("generation")),
        fields.number("from", 0),
        fields.number("to", 0),
        fields.string("reason", ""));
  }

  private static Map<String, Object> wish(Wish wish) {
    return Map.of("at", wish.at().toEpochMilli(), "replicas", wish.replicas());
  }

  private static List<Wish> wishes(Json.Members fields, String name) {
    return fields.objects(name, wish -> new Wish(instant(wish, "at"), wish.number("replicas", 0)));
  }

  private static Instant instant(Json.Members fields, String name) {
    return Instant.ofEpochMilli(Objects.requireNonNull(fields.number(name)));
  }

  private static @Nullable Integer small(@Nullable Long number) {
    return number == null ? null : Integer.valueOf(Math.toIntExact(number));
  }

  private static void put(Map<String, Object> fields, String name, @Nullable Integer value) {
    if (value != null) {
      fields.put(name, value);
    }
  }
}
