package io.gyre.manifest;

import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.Contents.OnChange;
import io.gyre.model.Names;
import io.gyre.model.WorkloadKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** References to configs and secrets in the environment, and {@code on_config_change}. */
final class ContentDecoder {
  static final Keys ON_CHANGE = new Keys(Order.of("action", "signal"), Order.of(), Map.of());
  static final Keys FROM =
      new Keys(Order.of("config", "prefix"), Order.of("secret"), Map.of("name", "use config"));
  static final Keys REFERENCE = new Keys(Order.of("configRef"), Order.of("secretRef"), Map.of());
  static final Keys ENTRY = new Keys(Order.of("name", "key"), Order.of(), Map.of());

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Map<String, OnChange> ACTIONS = new LinkedHashMap<>();

  static {
    ACTIONS.put("roll", OnChange.ROLL);
    ACTIONS.put("signal", OnChange.SIGNAL);
    ACTIONS.put("none", OnChange.NONE);
  }

  private ContentDecoder() {}

  /**
   * A place where a config or secret is used.
   *
   * @param key null: all of its entries, or its only one
   */
  record Use(Value at, ContentRef content, @Nullable String key) {}

  /** {@code {configRef: NAME}} or {@code {configRef: {name: NAME, key: KEY}}}. */
  static Contents.@Nullable Entry reference(Value value, String name, List<Use> uses) {
    List<Value.Entry> entries = value.entries("a map");
    if (entries == null || entries.stream().noneMatch(entry -> entry.name().endsWith("Ref"))) {
      value.wrongType("text, a number, true, false or {configRef: NAME}");
      return null;
    }
    Fields fields = value.coded(value.code()).fields(REFERENCE);
    Value config = fields == null ? null : fields.get("configRef");
    if (config == null) {
      return null;
    }
    Value nameValue = config;
    String key = null;
    if (config.isMap()) {
      Fields entry = config.fields(ENTRY);
      nameValue = entry == null ? null : entry.require("name", "the name of a config");
      Value keyValue = entry == null ? null : entry.get("key");
      key = keyValue == null ? null : key(keyValue);
      if (keyValue != null && key == null) {
        return null;
      }
    }
    ContentRef content = nameValue == null ? null : config(nameValue);
    if (content == null) {
      return null;
    }
    uses.add(new Use(value, content, key));
    return new Contents.Entry(content, key);
  }

  static @Nullable String key(Value value) {
    String key = value.text("the key of an entry");
    if (key != null && key.isEmpty()) {
      value.problem("invalid", "the key is empty");
      return null;
    }
    return key;
  }

  private static @Nullable ContentRef config(Value value) {
    String name = value.text("the name of a config");
    if (name != null && !Names.valid(name)) {
      value.problem("invalid", "a config's name has " + Names.RULE);
      return null;
    }
    return name == null ? null : ContentRef.config(name);
  }

  /** {@code envFrom}. */
  static List<Contents.All> all(@Nullable Value list, List<Use> uses) {
    List<Contents.All> all = new ArrayList<>();
    List<Value> items = list == null ? null : list.items("a list, as in [{config: NAME}]");
    for (Value item : items == null ? List.<Value>of() : items) {
      Fields fields = item.fields(FROM, "a map, as in {config: NAME}");
      if (fields == null) {
        continue;
      }
      Value name = fields.require("config", "whose entries become variables");
      Value prefixValue = fields.get("prefix");
      String prefix = prefixValue == null ? "" : prefixValue.text("the beginning of names");
      if (prefixValue != null && prefix != null && !PREFIX.matcher(prefix).matches()) {
        prefixValue.problem(
            "invalid", "a prefix has letters, digits and \"_\", and doesn't start with a digit");
        prefix = null;
      }
      ContentRef content = name == null ? null : config(name);
      if (content != null && prefix != null) {
        uses.add(new Use(item, content, null));
        all.add(new Contents.All(content, prefix));
      }
    }
    return all;
  }

  /** {@code on_config_change}; null where it is absent. */
  record Reaction(OnChange action, @Nullable String signal) {}

  static @Nullable Reaction reaction(@Nullable Value value, WorkloadKind kind, Target target) {
    if (value == null) {
      return null;
    }
    Value actionValue = value;
    Value signalValue = null;
    if (value.isMap()) {
      Fields fields = value.fields(ON_CHANGE);
      actionValue = fields == null ? null : fields.require("action", "roll, signal or none");
      signalValue = fields == null ? null : fields.get("signal");
    }
    OnChange action = actionValue == null ? null : actionValue.oneOf(ACTIONS, Set.of());
    String signal = signalValue == null ? null : signal(signalValue);
    if (action == null || actionValue == null) {
      return null;
    }
    if (kind == WorkloadKind.JOB && action != OnChange.NONE) {
      value.problem(
          "job_conflict", "each run of a job takes what is newest when it starts; remove this");
      return null;
    }
    if (action == OnChange.SIGNAL) {
      target.need("SIGNAL", value, "signalling instances");
    } else if (signalValue != null) {
      signalValue.problem("conflict", "only the action signal has a signal");
    }
    return new Reaction(
        action, action == OnChange.SIGNAL ? (signal == null ? "HUP" : signal) : null);
  }

  private static @Nullable String signal(Value value) {
    String text = value.textOrNumber("a signal, as in HUP");
    String signal = text == null ? null : Signals.parse(text).orElse(null);
    if (text != null && (signal == null || signal.equals("KILL") || signal.equals("STOP"))) {
      value.problem("invalid", Excerpt.quoted(text) + " is not a signal that a program can act on");
      return null;
    }
    return signal;
  }
}
