package io.gyre.manifest;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes maps, lists, texts, numbers and booleans as YAML that people like to read: blocks, texts
 * quoted only where they must be, several lines as lines. Lists of few short texts stand in one
 * line.
 */
final class YamlText {
  private static final int ONE_LINE = 100;
  private static final Pattern PLAIN =
      Pattern.compile(
          "[A-Za-z/][A-Za-z0-9_/.+-]*(?:[ :=@%,]+[A-Za-z0-9_/.+=@%-]+)*"
              + "|(?:[0-9]+(?:h|ms|m|s))+|[0-9]+(?:%|[KMGT]i?)");
  private static final Pattern LINES =
      Pattern.compile("[^\\p{Cntrl}\\x{2028}\\x{2029}\\x{FEFF}\\p{Cs}\\p{Co}\\p{Cn}]*");
  private static final Set<String> WORDS =
      Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n");

  private final StringBuilder out = new StringBuilder();

  private YamlText() {}

  /** A map, written as a document without a mark before or after it. */
  static String of(Map<String, ?> map) {
    YamlText text = new YamlText();
    text.map(map, 0);
    return text.out.toString();
  }

  private void map(Map<?, ?> map, int indent) {
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!first || !continuesLine()) {
        indent(indent);
      }
      first = false;
      out.append(scalar(String.valueOf(entry.getKey()))).append(':');
      value(entry.getValue(), indent);
    }
  }

  private boolean continuesLine() {
    return out.length() > 0 && out.charAt(out.length() - 1) != '\n';
  }

  private void value(Object value, int indent) {
    switch (value) {
      case Map<?, ?> map when map.isEmpty() -> out.append(" {}\n");
      case Map<?, ?> map -> {
        out.append('\n');
        map(map, indent + 2);
      }
      case List<?> list -> list(list, indent);
      case String text when text.indexOf('\n') >= 0 && literal(text) -> block(text, indent + 2);
      case String text -> out.append(' ').append(scalar(text)).append('\n');
      default -> out.append(' ').append(value).append('\n');
    }
  }

  private void list(List<?> list, int indent) {
    String line = oneLine(list);
    if (line != null && line.length() + indent <= ONE_LINE) {
      out.append(' ').append(line).append('\n');
      return;
    }
    out.append('\n');
    for (Object item : list) {
      indent(indent + 2);
      out.append('-');
      if (item instanceof Map<?, ?> map && !map.isEmpty()) {
        out.append(' ');
        map(map, indent + 4);
      } else {
        value(item, indent + 2);
      }
    }
  }

  private static @Nullable String oneLine(List<?> list) {
    StringBuilder line = new StringBuilder("[");
    for (Object item : list) {
      if (!(item instanceof String text) || text.indexOf('\n') >= 0) {
        return list.isEmpty() ? "[]" : null;
      }
      // A comma ends a plain text here.
      String word = text.indexOf(',') < 0 ? scalar(text) : quoted(text);
      line.append(line.length() == 1 ? "" : ", ").append(word);
    }
    return line.append(']').toString();
  }

  /** Whether it can be written as lines: what stands at their ends would be lost or be an error. */
  private static boolean literal(String text) {
    return !text.isBlank()
        && text.charAt(0) != ' '
        && text.charAt(0) != '\n'
        && text.lines().allMatch(line -> LINES.matcher(line).matches())
        && text.indexOf('\r') < 0
        && !text.endsWith("\n\n");
  }

  private void block(String text, int indent) {
    out.append(text.endsWith("\n") ? " |\n" : " |-\n");
    for (String line : text.lines().toList()) {
      if (!line.isEmpty()) {
        indent(indent);
        out.append(line);
      }
      out.append('\n');
    }
  }

  private void indent(int columns) {
    out.repeat(' ', columns);
  }

  private static String scalar(String text) {
    boolean plain =
        PLAIN.matcher(text).matches()
            && !text.contains(": ")
            && !WORDS.contains(text.toLowerCase(Locale.ROOT));
    return plain ? text : quoted(text);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '\r' -> quoted.append("\\r");
        default -> {
          if ((c >= ' ' && c < 0x7f) || (c >= 0xa0 && c < 0x2000)) {
            quoted.append(c);
          } else {
            quoted.append("\\u%04x".formatted((int) c));
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
