package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Reads the YAML that {@link YamlText} writes of maps and texts: a key per line, block style, plain
 * or double-quoted values, comments on lines of their own. A whole YAML parser would take longer to
 * load than most commands take.
 */
final class ContextsText {
  private record Level(int indent, ObjectNode map) {}

  private ContextsText() {}

  /**
   * @throws IllegalArgumentException where the text is something else; says in which line
   */
  static ObjectNode read(String text) {
    ObjectNode root = Json.object();
    Deque<Level> levels = new ArrayDeque<>();
    levels.push(new Level(0, root));
    ObjectNode opened = null;
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String content = line.strip();
      if (content.isEmpty() || content.startsWith("#") || content.equals("---")) {
        continue;
      }
      int indent = line.length() - line.stripLeading().length();
      if (opened != null && indent > levels.element().indent()) {
        levels.push(new Level(indent, opened));
      }
      while (levels.size() > 1 && indent < levels.element().indent()) {
        levels.pop();
      }
      int colon = colon(content);
      if (indent != levels.element().indent() || colon <= 0) {
        throw new IllegalArgumentException("line " + number + " is not KEY: VALUE in its place");
      }
      String key = scalar(content.substring(0, colon), number);
      String value = content.substring(colon + 1).strip();
      opened = value.isEmpty() ? levels.element().map().putObject(key) : null;
      if (opened == null && !value.equals("{}")) {
        levels.element().map().put(key, scalar(value, number));
      } else if (opened == null) {
        levels.element().map().putObject(key);
      }
    }
    return root;
  }

  /** After a key, which may be quoted. */
  private static int colon(String content) {
    int from = content.startsWith("\"") ? content.indexOf('"', 1) : 0;
    for (int i = Math.max(from, 0); i < content.length(); i++) {
      boolean last = i + 1 == content.length();
      if (content.charAt(i) == ':' && (last || content.charAt(i + 1) == ' ')) {
        return i;
      }
    }
    return -1;
  }

  private static String scalar(String text, int line) {
    if (!text.startsWith("\"")) {
      int comment = text.indexOf(" #");
      return comment < 0 ? text : text.substring(0, comment).stripTrailing();
    }
    try {
      JsonNode quoted = Json.parse(text);
      if (quoted.isTextual()) {
        return quoted.textValue();
      }
    } catch (IOException e) {
      // Said below.
    }
    throw new IllegalArgumentException("line " + line + ": the quotes don't match");
  }
}
