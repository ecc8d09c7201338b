package io.gyre.manifest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code configs}. */
final class ConfigDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("namespace", "name", "data", "interpolate", "labels"),
          Order.of("files"),
          Map.of("entries", "use data", "content", "use data"));

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,253}");

  private ConfigDecoder() {}

  static @Nullable ConfigDecl decode(Value config, String key) {
    Fields fields = config.fields(KEYS);
    if (fields == null) {
      return null;
    }
    String namespace = Identity.namespace(fields);
    String name = Identity.name(fields, key, "config");
    Value interpolate = fields.get("interpolate");
    Boolean interpolated = interpolate == null ? Boolean.TRUE : interpolate.bool();
    Map<String, String> labels = labels(fields.get("labels"));
    Value data = fields.has("files") ? fields.get("data") : fields.require("data", "its entries");
    if (data == null || interpolated == null) {
      return null;
    }
    Value source = interpolated ? data : data.verbatim();
    TreeMap<String, String> entries = new TreeMap<>();
    Value map =
        source.isMap() ? source : source.embeddedMap("a map, or text that holds a JSON object");
    List<Value.Entry> all = map == null ? null : map.entries("a map");
    for (Value.Entry entry : all == null ? List.<Value.Entry>of() : all) {
      String text = entry.value().scalar("text, a number, true or false");
      if (!KEY.matcher(entry.name()).matches() || entry.name().matches("\\.{1,2}")) {
        entry
            .key()
            .problem(
                "invalid",
                "an entry's key has letters, digits, \".\", \"_\" and \"-\", at most 253, and is not"
                    + " \".\" or \"..\"");
      } else if (text != null) {
        entries.put(entry.name(), text);
      }
    }
    return namespace == null || name == null
        ? null
        : new ConfigDecl(namespace, name, entries, labels);
  }

  private static Map<String, String> labels(@Nullable Value labels) {
    if (labels == null || !labels.isScalar()) {
      return LabelDecoder.decode(labels);
    }
    if (labels.isBlank()) {
      return Map.of();
    }
    Value map = labels.embeddedMap("a map of labels, or text that holds a JSON object");
    return map == null ? Map.of() : LabelDecoder.decode(map);
  }
}
