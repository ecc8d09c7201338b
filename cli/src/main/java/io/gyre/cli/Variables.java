package io.gyre.cli;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Finds the variables that a manifest names: {@code $NAME}, <code>${NAME}</code> and <code>
 * ${NAME:-default}</code>; {@code $$} is a literal dollar. It errs on the side of finding too many
 * (as in comments): the server decides what is one.
 */
final class Variables {
  private Variables() {}

  static SortedSet<String> in(String text) {
    SortedSet<String> names = new TreeSet<>();
    int at = text.indexOf('$');
    while (at >= 0 && at + 1 < text.length()) {
      int start = at + 1;
      if (text.charAt(start) == '$') {
        at = text.indexOf('$', start + 1);
        continue;
      }
      if (text.charAt(start) == '{') {
        start++;
      }
      int end = start;
      while (end < text.length() && partOfName(text.charAt(end), end == start)) {
        end++;
      }
      if (end > start) {
        names.add(text.substring(start, end));
      }
      at = text.indexOf('$', end);
    }
    return names;
  }

  static boolean partOfName(char c, boolean first) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '_'
        || (!first && c >= '0' && c <= '9');
  }
}
