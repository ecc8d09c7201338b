package io.gyre.manifest;

import io.gyre.model.Violation;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.reader.StreamReader;

/** Checks a source character by character before it is parsed. */
final class SourceText {
  private SourceText() {}

  /** The text to parse, without a byte order mark, in a form that is YAML. Null after a problem. */
  static @Nullable String checked(ManifestSource source, Budget budget, Problems problems) {
    String text = source.text();
    if (!budget.takeCharacters(text.length())) {
      problems.add(
          new Violation(
              "manifest.too_large",
              "",
              "too large: a manifest has at most "
                  + Budget.MAX_CHARACTERS
                  + " characters in all its files, this one has "
                  + text.length()
                  + "; split it and apply the parts one by one",
              source.file(),
              0,
              0));
      return null;
    }
    if (text.startsWith("\uFEFF")) {
      text = text.substring(1);
    }
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      String wrong = wrong(c);
      if (wrong != null) {
        int column = text.codePointCount(lineStart, i) + 1;
        String code = c == 0xFFFD ? "manifest.not_utf8" : "manifest.character";
        problems.add(new Violation(code, "", wrong, source.file(), line, column));
        return null;
      }
      i += Character.charCount(c);
      if (c == '\n' || (c == '\r' && (i == text.length() || text.charAt(i) != '\n'))) {
        line++;
        lineStart = i;
      }
    }
    return parseable(text);
  }

  /** The text; JSON in a form that is YAML too. */
  static String parseable(String text) {
    return isFlow(text) ? asYaml(text) : text;
  }

  private static @Nullable String wrong(int c) {
    if (c == 0xFFFD) {
      return "not valid UTF-8 here; save the file as UTF-8";
    }
    if (!StreamReader.isPrintable(c)) {
      return String.format(
          "the character U+%04X is not allowed; write it as an escape inside double quotes", c);
    }
    return null;
  }

  private static boolean isFlow(String text) {
    String start = text.stripLeading();
    return start.startsWith("{") || start.startsWith("[");
  }

  /** JSON as YAML takes it: spaces for tabs between values, and no escaped slashes. */
  private static String asYaml(String json) {
    if (json.indexOf('\t') < 0 && !json.contains("\\/")) {
      return json;
    }
    StringBuilder out = new StringBuilder(json.length());
    boolean quoted = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '\\' && quoted && i + 1 < json.length()) {
        i++;
        if (json.charAt(i) != '/') {
          out.append(c);
        }
        out.append(json.charAt(i));
        continue;
      }
      if (c == '"') {
        quoted = !quoted;
      }
      out.append(c == '\t' && !quoted ? ' ' : c);
    }
    return out.toString();
  }
}
