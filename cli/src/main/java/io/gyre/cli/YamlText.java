package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Map;

/** A tree as block-style YAML that every YAML 1.1 and 1.2 reader reads back to the same tree. */
final class YamlText {
  private final StringBuilder text = new StringBuilder();

  private YamlText() {}

  /** Ends with a line feed. */
  static String of(JsonNode node) {
    YamlText yaml = new YamlText();
    if (node.isContainerNode() && !node.isEmpty()) {
      yaml.block(node, 0, false);
    } else {
      yaml.scalar(node);
      yaml.text.append('\n');
    }
    return yaml.text.toString();
  }

  /**
   * @param inline whether the first line is already indented, after a dash
   */
  private void block(JsonNode node, int depth, boolean inline) {
    boolean first = inline;
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        indent(first ? 0 : depth);
        first = false;
        text.append("- ");
        item(node.path(i), depth + 1);
      }
      return;
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.properties().iterator(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      indent(first ? 0 : depth);
      first = false;
      plainOrQuoted(field.getKey());
      text.append(':');
      JsonNode value = field.getValue();
      if (value.isContainerNode() && !value.isEmpty()) {
        text.append('\n');
        block(value, value.isArray() ? depth : depth + 1, false);
      } else {
        text.append(' ');
        scalar(value);
        text.append('\n');
      }
    }
  }

  private void item(JsonNode value, int depth) {
    if (value.isContainerNode() && !value.isEmpty()) {
      block(value, depth, true);
    } else {
      scalar(value);
      text.append('\n');
    }
  }

  private void indent(int depth) {
    for (int i = 0; i < depth; i++) {
      text.append("  ");
    }
  }

  private void scalar(JsonNode value) {
    if (value.isObject()) {
      text.append("{}");
    } else if (value.isArray()) {
      text.append("[]");
    } else if (value.isTextual()) {
      plainOrQuoted(value.textValue());
    } else if (value.isMissingNode()) {
      text.append("null");
    } else {
      text.append(value.asText());
    }
  }

  private void plainOrQuoted(String value) {
    if (plain(value)) {
      text.append(value);
    } else {
      Json.quote(value, text);
    }
  }

  /** Letters first, then what can never be a number, a date, a comment or an indicator. */
  private static boolean plain(String value) {
    if (value.isEmpty() || !letter(value.charAt(0))) {
      return false;
    }
    for (int i = 1; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean inside = c == ' ' && i + 1 < value.length() && letter(value.charAt(i + 1));
      if (!letter(c) && !(c >= '0' && c <= '9') && "-_./@".indexOf(c) < 0 && !inside) {
        return false;
      }
    }
    return switch (value) {
      case "true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL" -> false;
      case "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF" -> false;
      case "y", "Y", "n", "N" -> false;
      default -> true;
    };
  }

  private static boolean letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '_';
  }
}
