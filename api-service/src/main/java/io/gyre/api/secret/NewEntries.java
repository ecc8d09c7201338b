package io.gyre.api.secret;

import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The entries that a request brings: keys to values as base64. No message shows a value, nor a key
 * that might be one by mistake.
 */
final class NewEntries {
  static final int MOST_BYTES = 1 << 20;
  private static final int MOST_KEYS = 1000;
  private static final int LONGEST_SHOWN = 60;
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,253}");

  private NewEntries() {}

  /**
   * @throws GyreException with every problem
   */
  static Map<String, byte[]> decode(@Nullable Map<String, @Nullable String> entries) {
    Map<String, byte[]> decoded = new TreeMap<>();
    List<Violation> problems = new ArrayList<>();
    (entries == null ? Map.<String, @Nullable String>of() : entries)
        .forEach(
            (key, text) -> {
              if (!validKey(key)) {
                problem(
                    problems,
                    "key.invalid",
                    "entries",
                    "a key has letters, digits, \".\", \"_\" and \"-\", at most 253, and is not"
                        + " \".\" or \"..\""
                        + (key.length() > LONGEST_SHOWN ? "" : "; \"" + key + "\" is none"));
                return;
              }
              byte[] value = text == null ? null : value(text);
              if (value == null) {
                problem(problems, "value.invalid", "entries." + key, "the value must be base64");
              } else {
                decoded.put(key, value);
              }
            });
    check(decoded, problems);
    return decoded;
  }

  /** The bounds of a whole secret. */
  static void check(Map<String, byte[]> entries) {
    check(entries, new ArrayList<>());
  }

  private static void check(Map<String, byte[]> entries, List<Violation> problems) {
    long bytes =
        entries.entrySet().stream()
            .mapToLong(
                each ->
                    each.getKey().getBytes(StandardCharsets.UTF_8).length
                        + (long) each.getValue().length)
            .sum();
    if (bytes > MOST_BYTES) {
      problem(
          problems,
          "too_large",
          "entries",
          "a secret has at most 1 MiB, keys and values together; these are " + bytes + " bytes");
    }
    if (entries.size() > MOST_KEYS) {
      problem(problems, "too_large", "entries", "a secret has at most " + MOST_KEYS + " entries");
    }
    if (!problems.isEmpty()) {
      throw GyreException.invalid("secret.invalid", problems);
    }
  }

  static boolean validKey(String key) {
    return KEY.matcher(key).matches() && !key.equals(".") && !key.equals("..");
  }

  private static byte @Nullable [] value(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static void problem(List<Violation> problems, String code, String path, String message) {
    problems.add(new Violation("secret." + code, path, message, null, 0, 0));
  }
}
