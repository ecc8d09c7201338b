package io.gyre.api.audit;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Commands as the log shows them. */
final class Commands {
  private static final Pattern ASSIGNMENT =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)=.*", Pattern.DOTALL);
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private Commands() {}

  /**
   * The words of a command. Those that set a variable are cut after the name, for that is where
   * secrets are; a secret inside a script can't be told from the script.
   */
  static String words(List<String> command) {
    return command.stream()
        .map(word -> ASSIGNMENT.matcher(word).replaceFirst("$1=…"))
        .map(word -> PLAIN.matcher(word).matches() || word.endsWith("=…") ? word : "'" + word + "'")
        .collect(Collectors.joining(" "));
  }
}
