package io.gyre.manifest;

import io.gyre.model.Violation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What the entries of a config can be. */
public final class ConfigRules {
  /** Of all keys and texts of a config together. */
  public static final int MAX_BYTES = 1 << 20;

  static final String KEY_RULE =
      "an entry's key has letters, digits, \".\", \"_\" and \"-\", at most 253, and is not \".\" or"
          + " \"..\"";
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,253}");

  private ConfigRules() {}

  static boolean validKey(String key) {
    return KEY.matcher(key).matches() && !key.equals(".") && !key.equals("..");
  }

  static boolean tooLarge(Map<String, String> entries) {
    long bytes = 0;
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      bytes += entry.getKey().length();
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes > MAX_BYTES;
  }

  /** All that is wrong. */
  public static List<Violation> check(Map<String, String> entries) {
    List<Violation> violations = new ArrayList<>();
    for (String key : entries.keySet()) {
      if (!validKey(key)) {
        violations.add(
            new Violation(
                "config.key.invalid", "data." + Excerpt.plain(key), KEY_RULE, null, 0, 0));
      }
    }
    if (tooLarge(entries)) {
      violations.add(
          new Violation("config.data.too_large", "data", "is larger than 1 MiB", null, 0, 0));
    }
    return violations;
  }
}
