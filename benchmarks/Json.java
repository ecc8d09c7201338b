import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON into maps, lists, strings, doubles and booleans; enough for what {@link Report}
 * writes.
 */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException with the place where it is none
   */
  static Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.space();
    if (json.at < text.length()) {
      throw json.wrong("its end");
    }
    return value;
  }

  private IllegalArgumentException wrong(String wanted) {
    return new IllegalArgumentException("no JSON: " + wanted + " was expected at " + at);
  }

  private void space() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private char next() {
    space();
    if (at >= text.length()) {
      throw wrong("more");
    }
    return text.charAt(at);
  }

  private boolean took(char wanted) {
    if (next() != wanted) {
      return false;
    }
    at++;
    return true;
  }

  private void need(char wanted) {
    if (!took(wanted)) {
      throw wrong("'" + wanted + "'");
    }
  }

  private Object value() {
    return switch (next()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> word();
    };
  }

  private Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    need('{');
    if (took('}')) {
      return object;
    }
    do {
      next();
      String name = string();
      need(':');
      object.put(name, value());
    } while (took(','));
    need('}');
    return object;
  }

  private List<Object> array() {
    List<Object> array = new ArrayList<>();
    need('[');
    if (took(']')) {
      return array;
    }
    do {
      array.add(value());
    } while (took(','));
    need(']');
    return array;
  }

  private String string() {
    need('"');
    StringBuilder string = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c == '\\' && at < text.length()) {
        c = escaped(text.charAt(at++));
      }
      string.append(c);
    }
    if (at++ >= text.length()) {
      throw wrong("'\"'");
    }
    return string.toString();
  }

  private char escaped(char c) {
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'u' -> {
        if (at + 4 > text.length()) {
          throw wrong("four digits");
        }
        at += 4;
        yield (char) Integer.parseInt(text, at - 4, at, 16);
      }
      default -> c;
    };
  }

  private Object word() {
    int from = at;
    while (at < text.length() && ",]} \n\t\r".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(from, at);
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      default -> {
        try {
          yield Double.parseDouble(word);
        } catch (NumberFormatException e) {
          at = from;
          throw wrong("a value");
        }
      }
    };
  }
}
