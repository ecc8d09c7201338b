package io.gyre.manifest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits a line into words as a POSIX shell does, without expanding anything. */
final class ShellWords {
  private ShellWords() {}

  /** Empty where a quote has no end or the line ends in a backslash. */
  static Optional<List<String>> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote == '\'') {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\\') {
        if (++i == line.length()) {
          return Optional.empty();
        }
        char escaped = line.charAt(i);
        if (quote == '"' && "$`\"\\\n".indexOf(escaped) < 0) {
          word.append('\\');
        }
        if (escaped != '\n') {
          word.append(escaped);
          inWord = true;
        }
      } else if (quote == '"') {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
        inWord = true;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      return Optional.empty();
    }
    if (inWord) {
      words.add(word.toString());
    }
    return Optional.of(words);
  }
}
