package io.gyre.manifest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code labels}: a map, or a list of maps. */
final class LabelDecoder {
  private static final String EXPECTED = "a map of labels";
  private static final int LONGEST_KEY = 256;

  private LabelDecoder() {}

  static Map<String, String> decode(@Nullable Value labels) {
    Map<String, String> all = new TreeMap<>();
    if (labels == null) {
      return all;
    }
    if (!labels.isList()) {
      add(labels, all);
      return all;
    }
    List<Value> items = labels.items(EXPECTED);
    for (Value item : items == null ? List.<Value>of() : items) {
      add(item, all);
    }
    return all;
  }

  private static void add(Value map, Map<String, String> all) {
    List<Value.Entry> entries = map.entries(EXPECTED);
    for (Value.Entry entry : entries == null ? List.<Value.Entry>of() : entries) {
      String text = entry.value().scalar("text, a number, true or false");
      if (text == null || !validKey(entry.key(), entry.name())) {
        continue;
      }
      if (all.putIfAbsent(entry.name(), text) != null) {
        entry.key().problem("duplicate", "this label is there twice");
      }
    }
  }

  private static boolean validKey(Value key, String name) {
    if (name.isEmpty()
        || name.length() > LONGEST_KEY
        || name.chars().anyMatch(c -> c <= ' ' || c == 127)) {
      key.problem(
          "invalid",
          "a label's key has 1 to 256 characters, without spaces and control characters");
      return false;
    }
    if (name.startsWith("gyre.") || name.startsWith("io.gyre.")) {
      key.problem("reserved", "labels that start with \"gyre.\" or \"io.gyre.\" are Gyre's own");
      return false;
    }
    return true;
  }
}
