package io.gyre.manifest;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code configs}. */
final class ConfigDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("namespace", "name", "data", "files", "binary", "interpolate", "labels"),
          Order.of(),
          Map.of("entries", "use data", "content", "use data", "binaryData", "use binary"));

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
    Value data =
        fields.has("files") || fields.has("binary")
            ? fields.get("data")
            : fields.require("data", "its entries");
    if (interpolated == null) {
      return null;
    }
    ConfigEntriesDecoder entries = new ConfigEntriesDecoder();
    if (data != null) {
      entries.data(interpolated ? data : data.verbatim());
    }
    Value binary = fields.get("binary");
    if (binary != null) {
      entries.binary(binary);
    }
    Value files = fields.get("files");
    if (files != null) {
      // What is in a file is taken as it is, unless somebody wants it otherwise.
      entries.files(files, interpolate != null && interpolated);
    }
    if (ConfigRules.tooLarge(entries.content())) {
      (data != null ? data : config).problem("too_large", "is larger than 1 MiB");
    }
    return namespace == null || name == null
        ? null
        : new ConfigDecl(
            namespace, name, entries.content(), labels, config.scope().file(), config.line());
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
