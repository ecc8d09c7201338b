package io.gyre.runtime.process;

import java.util.Collection;
import java.util.stream.Collectors;

/** Text that a POSIX shell takes as it is. */
final class Shell {
  private Shell() {}

  static String quote(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  static String quote(Collection<String> words) {
    return words.stream().map(Shell::quote).collect(Collectors.joining(" "));
  }
}
