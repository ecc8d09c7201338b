package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lines {@code NAME=VALUE}; {@code export} before the name, empty lines and lines that begin with
 * {@code #} are allowed. A value in single quotes is taken as it is; in double quotes {@code \n},
 * {@code \t}, {@code \"} and {@code \\} are read; without quotes it ends before {@code " #"} and
 * loses the blanks around it. The last of several lines with the same name counts.
 */
final class EnvFile {
  private EnvFile() {}

  static Map<String, String> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new CliFailure(
          Exit.FAILED, "cannot read " + file + ": " + e.getMessage(), "check --env-file");
    }
    Map<String, String> values = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String problem = line(lines.get(i).strip(), values);
      if (!problem.isEmpty()) {
        problems.add(file + ":" + (i + 1) + ": " + problem);
      }
    }
    if (!problems.isEmpty()) {
      throw new CliFailure(
          Exit.FAILED, "the file of --env-file is not valid", null, problems, null);
    }
    return values;
  }

  /** Returns what is wrong, or nothing. */
  private static String line(String line, Map<String, String> values) {
    if (line.isEmpty() || line.startsWith("#")) {
      return "";
    }
    String rest = line.startsWith("export ") ? line.substring(7).strip() : line;
    int equals = rest.indexOf('=');
    if (equals < 0) {
      return "expected NAME=VALUE";
    }
    String name = rest.substring(0, equals).strip();
    for (int i = 0; i < name.length(); i++) {
      if (!Variables.partOfName(name.charAt(i), i == 0)) {
        return "\"" + name + "\" is not the name of a variable";
      }
    }
    if (name.isEmpty()) {
      return "expected NAME=VALUE";
    }
    String value = rest.substring(equals + 1).strip();
    char quote = value.isEmpty() ? ' ' : value.charAt(0);
    if (quote == '\'' || quote == '"') {
      int end = closing(value, quote);
      if (end < 0) {
        return "the quote is not closed";
      }
      String inner = value.substring(1, end);
      values.put(name, quote == '"' ? unescape(inner) : inner);
      return "";
    }
    int comment = value.indexOf(" #");
    values.put(name, comment < 0 ? value : value.substring(0, comment).strip());
    return "";
  }

  private static int closing(String value, char quote) {
    for (int i = 1; i < value.length(); i++) {
      if (value.charAt(i) == '\\' && quote == '"') {
        i++;
      } else if (value.charAt(i) == quote) {
        return i;
      }
    }
    return -1;
  }

  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        plain.append(c);
        continue;
      }
      char next = text.charAt(++i);
      switch (next) {
        case 'n' -> plain.append('\n');
        case 't' -> plain.append('\t');
        case '"', '\\' -> plain.append(next);
        default -> plain.append('\\').append(next);
      }
    }
    return plain.toString();
  }
}
