package io.gyre.manifest;

import io.gyre.model.Dependency;
import io.gyre.model.Dependency.Condition;
import io.gyre.model.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code depends_on}: a list of names, or a map of names to conditions. */
final class DependencyDecoder {
  static final Keys KEYS =
      new Keys(Order.of("condition"), Order.of("restart", "required"), Map.of());

  private static final String EXPECTED =
      "a list of deployments, or a map as in {db: {condition: ready}}";
  private static final Map<String, Condition> CONDITIONS = new LinkedHashMap<>();

  static {
    CONDITIONS.put("started", Condition.STARTED);
    CONDITIONS.put("ready", Condition.READY);
    CONDITIONS.put("completed", Condition.COMPLETED);
    // As in Compose files.
    CONDITIONS.put("service_started", Condition.STARTED);
    CONDITIONS.put("service_healthy", Condition.READY);
    CONDITIONS.put("service_completed_successfully", Condition.COMPLETED);
  }

  private DependencyDecoder() {}

  /** In order of the names. */
  static List<Dependency> decode(@Nullable Value value, @Nullable String self) {
    Map<String, Dependency> found = new TreeMap<>();
    if (value == null) {
      return List.of();
    }
    if (value.isList()) {
      List<Value> items = value.items(EXPECTED);
      for (Value item : items == null ? List.<Value>of() : items) {
        String name = item.text("the name of a deployment");
        if (name != null) {
          add(found, item, name, Condition.READY, self);
        }
      }
      return List.copyOf(found.values());
    }
    List<Value.Entry> entries = value.entries(EXPECTED);
    for (Value.Entry entry : entries == null ? List.<Value.Entry>of() : entries) {
      Condition condition = condition(value.child(entry.name(), entry.value()).coded(value.code()));
      if (condition != null) {
        add(found, entry.key(), entry.name(), condition, self);
      }
    }
    return List.copyOf(found.values());
  }

  private static @Nullable Condition condition(Value value) {
    if (value.isNull()) {
      return Condition.READY;
    }
    Fields fields = value.fields(KEYS, "a map, as in {condition: ready}");
    Value condition = fields == null ? null : fields.get("condition");
    if (fields == null) {
      return null;
    }
    return condition == null ? Condition.READY : condition.oneOf(CONDITIONS);
  }

  private static void add(
      Map<String, Dependency> found,
      Value at,
      String name,
      Condition condition,
      @Nullable String self) {
    if (!Names.valid(name)) {
      at.problem("name.invalid", Excerpt.quoted(name) + " is not a valid name: use " + Names.RULE);
    } else if (name.equals(self)) {
      at.problem("self", "it can't wait for itself");
    } else if (found.putIfAbsent(name, new Dependency(name, condition)) != null) {
      at.problem("duplicate", Excerpt.quoted(name) + " is named twice");
    }
  }
}
