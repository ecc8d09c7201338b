package io.gyre.component;

import java.util.LinkedHashMap;
import java.util.Map;

/** A JSON object whose values are all strings; no library, since the supervisor loads none. */
public final class FlatJson {
  private FlatJson() {}

  /** On one line, which a line feed ends. */
  public static String text(Map<String, String> fields) {
    StringBuilder text = new StringBuilder("{");
    fields.forEach(
        (name, value) -> {
          if (text.length() > 1) {
            text.append(',');
          }
          quote(text, name);
          text.append(':');
          quote(text, value);
        });
    return text.append("}\n").toString();
  }

  private static void quote(StringBuilder text, String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ') {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  /**
   * @throws IllegalArgumentException where it isn't such an object
   */
  public static Map<String, String> parse(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    Cursor cursor = new Cursor(text.strip());
    cursor.expect('{');
    while (cursor.peek() != '}') {
      String name = cursor.string();
      cursor.expect(':');
      fields.put(name, cursor.string());
      if (cursor.peek() == ',') {
        cursor.expect(',');
      }
    }
    return fields;
  }

  private static final class Cursor {
    private final String text;
    private int at;

    Cursor(String text) {
      this.text = text;
    }

    char peek() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      if (at >= text.length()) {
        throw new IllegalArgumentException("ends early");
      }
      return text.charAt(at);
    }

    void expect(char wanted) {
      if (peek() != wanted) {
        throw new IllegalArgumentException("expected " + wanted + " at " + at);
      }
      at++;
    }

    String string() {
      expect('"');
      StringBuilder value = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        char c = text.charAt(at++);
        if (c != '\\') {
          value.append(c);
        } else if (text.charAt(at) == 'u') {
          value.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
          at += 5;
        } else {
          value.append(text.charAt(at++));
        }
      }
      expect('"');
      return value.toString();
    }
  }
}
