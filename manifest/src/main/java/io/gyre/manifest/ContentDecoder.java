package io.gyre.manifest;

import io.gyre.model.ContentRef;
import io.gyre.model.ContentRef.Kind;
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
      new Keys(
          Order.of("config", "secret", "prefix"),
          Order.of(),
          Map.of("name", "use config or secret"));
  static final Keys REFERENCE = new Keys(Order.of("configRef", "secretRef"), Order.of(), Map.of());
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

  /** {@code {configRef: NAME}} or {@code {secretRef: {name: NAME, key: KEY}}}. */
  static Contents.@Nullable Entry reference(Value value, Target target, List<Use> uses) {
    List<Value.Entry> entries = value.entries("a map");
    if (entries == null || entries.stream().noneMatch(entry -> entry.name().endsWith("Ref"))) {
      value.wrongType("text, a number, true, false, {configRef: NAME} or {secretRef: NAME}");
      return null;
    }
    Fields fields = value.coded(value.code()).fields(REFERENCE);
    Kind kind = fields == null ? null : one(fields, value, "configRef", "secretRef");
    if (fields == null || kind == null) {
      return null;
    }
    Value given = fields.require(kind.id() + "Ref", "the name of a " + kind.id());
    Value nameValue = given;
    String key = null;
    if (given != null && given.isMap()) {
      Fields entry = given.fields(ENTRY);
      nameValue = entry == null ? null : entry.require("name", "the name of a " + kind.id());
      Value keyValue = entry == null ? null : entry.get("key");
      key = keyValue == null ? null : key(keyValue);
      if (keyValue != null && key == null) {
        return null;
      }
    }
    ContentRef content = nameValue == null ? null : content(kind, nameValue);
    if (content == null) {
      return null;
    }
    if (kind == Kind.SECRET) {
      target.need("SECRETS", value, "a value from a secret");
    }
    uses.add(new Use(value, content, key));
    return new Contents.Entry(content, key);
  }

  /** Which of the two is there; null with a problem where it isn't one. */
  private static @Nullable Kind one(Fields fields, Value at, String config, String secret) {
    boolean both = fields.has(config) && fields.has(secret);
    if (both || !(fields.has(config) || fields.has(secret))) {
      at.problem(
          both ? "conflict" : "required",
          both
              ? config + " and " + secret + " exclude each other"
              : "either " + config + " or " + secret + " is needed");
      return null;
    }
    return fields.has(config) ? Kind.CONFIG : Kind.SECRET;
  }

  static @Nullable String key(Value value) {
    String key = value.text("the key of an entry");
    if (key != null && key.isEmpty()) {
      value.problem("invalid", "the key is empty");
      return null;
    }
    return key;
  }

  private static @Nullable ContentRef content(Kind kind, Value value) {
    String name = value.text("the name of a " + kind.id());
    if (name != null && !Names.valid(name)) {
      value.problem("invalid", "a " + kind.id() + "'s name has " + Names.RULE);
      return null;
    }
    return name == null ? null : new ContentRef(kind, name);
  }

  /** {@code envFrom}. */
  static List<Contents.All> all(@Nullable Value list, Target target, List<Use> uses) {
    List<Contents.All> all = new ArrayList<>();
    List<Value> items = list == null ? null : list.items("a list, as in [{secret: NAME}]");
    for (Value item : items == null ? List.<Value>of() : items) {
      Fields fields = item.fields(FROM, "a map, as in {secret: NAME}");
      if (fields == null) {
        continue;
      }
      Kind kind = one(fields, item, "config", "secret");
      Value name = kind == null ? null : fields.get(kind.id());
      if (kind == Kind.SECRET) {
        target.need("SECRETS", item, "taking variables from a secret");
      }
      Value prefixValue = fields.get("prefix");
      String prefix = prefixValue == null ? "" : prefixValue.text("the beginning of names");
      if (prefixValue != null && prefix != null && !PREFIX.matcher(prefix).matches()) {
        prefixValue.problem(
            "invalid", "a prefix has letters, digits and \"_\", and doesn't start with a digit");
        prefix = null;
      }
      ContentRef content = kind == null || name == null ? null : content(kind, name);
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
