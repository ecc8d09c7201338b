package io.gyre.manifest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code configs}. */
final class ConfigDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("namespace", "name", "data", "interpolate", "labels"),
          Order.of("files"),
          Map.of("entries", "use data", "content", "use data"));

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
      if (!ConfigRules.validKey(entry.name())) {
        entry.key().problem("invalid", ConfigRules.KEY_RULE);
      } else if (text != null) {
        entries.put(entry.name(), text);
      }
    }
    if (ConfigRules.tooLarge(entries)) {
      data.problem("too_large", "is larger than 1 MiB");
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
