package io.gyre.manifest;

import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text of a config that refers to entries of configs of its namespace, as in {@code
 * ${config.NAME.KEY}}, or to the namespace itself, {@code ${gyre.namespace}}; {@code $$} is a
 * dollar sign. Stored as it is, so that it can be made anew when one of those changes.
 */
public final class ConfigTemplate {
  private static final Pattern PART =
      Pattern.compile(
          "\\$(?:\\$|\\{config\\.([a-z0-9-]{1,63})\\.([A-Za-z0-9._-]{1,253})}|\\{gyre\\.namespace})");

  private ConfigTemplate() {}

  /** An entry of a config of the same namespace. */
  public record Reference(String config, String key) {
    /** As it is written. */
    @Override
    public String toString() {
      return "${config." + config + "." + key + "}";
    }
  }

  /** Whether a text is a reference and nothing else. */
  static boolean isReference(String text) {
    return !text.equals("$$") && PART.matcher(text).matches();
  }

  /**
   * The text.
   *
   * @param lookup where it finds none the reference stays
   * @param most characters that it may have; empty where it would have more
   */
  public static Optional<String> render(
      String template, String namespace, Function<Reference, Optional<String>> lookup, int most) {
    Matcher parts = PART.matcher(template);
    StringBuilder text = new StringBuilder();
    int from = 0;
    while (parts.find()) {
      text.append(template, from, parts.start());
      String config = parts.group(1);
      if (config != null) {
        Reference reference = new Reference(config, parts.group(2));
        text.append(lookup.apply(reference).orElse(reference.toString()));
      } else {
        text.append(parts.group().equals("$$") ? "$" : namespace);
      }
      from = parts.end();
      if (text.length() > most) {
        return Optional.empty();
      }
    }
    text.append(template, from, template.length());
    return text.length() > most ? Optional.empty() : Optional.of(text.toString());
  }
}
