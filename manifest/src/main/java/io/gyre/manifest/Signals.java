package io.gyre.manifest;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Signals of Linux by name and number. */
final class Signals {
  /** By number, from 1, as on x86 and ARM. */
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private static final Set<String> NEVER_STOP =
      Set.of("CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG");

  private Signals() {}

  /** The name without SIG for {@code TERM}, {@code SIGTERM}, {@code sigterm} or {@code 15}. */
  static Optional<String> parse(String text) {
    if (text.matches("[0-9]{1,2}")) {
      int number = Integer.parseInt(text);
      return number >= 1 && number <= NAMES.size()
          ? Optional.of(NAMES.get(number - 1))
          : Optional.empty();
    }
    String name = text.toUpperCase(Locale.ROOT);
    String bare = name.startsWith("SIG") ? name.substring(3) : name;
    return NAMES.contains(bare) ? Optional.of(bare) : Optional.empty();
  }

  /** Whether it could end a process. */
  static boolean canStop(String name) {
    return !NEVER_STOP.contains(name);
  }
}
