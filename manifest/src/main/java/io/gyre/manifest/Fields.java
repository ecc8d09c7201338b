package io.gyre.manifest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a block whose keys are fixed. */
final class Fields {
  static final String NOT_YET = "not supported yet";

  private final Value block;
  private final Map<String, Value> values;

  private Fields(Value block, Map<String, Value> values) {
    this.block = block;
    this.values = values;
  }

  static Fields of(Value block, List<Value.Entry> entries, Keys keys) {
    Map<String, Value> values = new HashMap<>();
    for (Value.Entry entry : entries) {
      String name = entry.name();
      String instead = keys.instead().get(name);
      if (keys.known().contains(name)) {
        values.put(name, block.child(name, entry.value()));
      } else if (keys.later().contains(name)) {
        entry.key().report(block.code() + "." + name + ".unsupported", NOT_YET);
      } else {
        String hint = instead == null ? "" : "; " + instead;
        // Looking for what was meant is slow, so only for problems that will be seen.
        if (hint.isEmpty() && !block.scope().problems().isFull()) {
          hint = Suggestion.question(name, keys.known());
        }
        if (hint.isEmpty() && keys.known().size() <= 6) {
          hint = "; known here: " + String.join(", ", keys.known());
        }
        entry.key().report(block.code() + ".unknown_key", "unknown key" + hint);
      }
    }
    return new Fields(block, values);
  }

  Value block() {
    return block;
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** Null where the key is absent. */
  @Nullable Value get(String name) {
    return values.get(name);
  }

  /** Null, with a problem, where the key is absent. */
  @Nullable Value require(String name, String what) {
    Value value = values.get(name);
    if (value == null) {
      block.report(block.code() + "." + name + ".required", name + " is missing: " + what);
    }
    return value;
  }
}
