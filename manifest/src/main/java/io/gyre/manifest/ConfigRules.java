package io.gyre.manifest;

import io.gyre.model.ConfigContent;
import io.gyre.model.Violation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What the entries of a config can be. */
public final class ConfigRules {
  /** Of all keys and entries of a config together. */
  public static final int MAX_BYTES = 1 << 20;

  static final String KEY_RULE =
      "an entry's key has letters, digits, \".\", \"_\" and \"-\", at most 253, and is not \".\" or"
          + " \"..\"";
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,253}");

  private ConfigRules() {}

  static boolean validKey(String key) {
    return KEY.matcher(key).matches() && !key.equals(".") && !key.equals("..");
  }

  public static boolean tooLarge(ConfigContent content) {
    ConfigContent declared = content.declared();
    return Math.max(bytes(content.texts()), bytes(declared.texts()) + bytes(content.templates()))
            + content.binary().entrySet().stream()
                .mapToLong(entry -> entry.getKey().length() + entry.getValue().length() * 3L / 4)
                .sum()
        > MAX_BYTES;
  }

  private static long bytes(Map<String, String> entries) {
    long bytes = 0;
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      bytes += entry.getKey().length();
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes;
  }

  /** All that is wrong. */
  public static List<Violation> check(ConfigContent content) {
    List<Violation> violations = new ArrayList<>();
    for (String key : content.keys()) {
      String field = content.binary().containsKey(key) ? "binary." : "data.";
      if (!validKey(key)) {
        violations.add(violation("config.key.invalid", field + Excerpt.plain(key), KEY_RULE));
      } else if (content.binary().containsKey(key) && content.texts().containsKey(key)) {
        violations.add(
            violation("config.key.duplicate", field + key, "is an entry of data already"));
      } else if (field.equals("binary.")
          && decoded(content.binary().getOrDefault(key, "")).isEmpty()) {
        violations.add(violation("config.binary.invalid", field + key, "is not base64"));
      }
    }
    if (violations.isEmpty() && tooLarge(content)) {
      violations.add(violation("config.data.too_large", "data", "is larger than 1 MiB"));
    }
    return violations;
  }

  /** With base64 as it is always written, so that the same is the same. */
  public static ConfigContent normal(ConfigContent content) {
    Map<String, String> binary = new TreeMap<>();
    content
        .binary()
        .forEach(
            (key, text) ->
                binary.put(
                    key, Base64.getEncoder().encodeToString(Base64.getDecoder().decode(text))));
    return new ConfigContent(content.texts(), binary, content.templates());
  }

  static Optional<byte[]> decoded(String base64) {
    try {
      return Optional.of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Violation violation(String code, String path, String message) {
    return new Violation(code, path, message, null, 0, 0);
  }
}
