package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Signal names to Linux's numbers. */
final class Signals {
  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ABRT", 6),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("USR2", 12),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15),
          Map.entry("CONT", 18),
          Map.entry("WINCH", 28),
          Map.entry("IO", 29),
          Map.entry("PWR", 30));
  private static final int FIRST_REALTIME = 34;
  private static final int LAST_REALTIME = 64;

  private Signals() {}

  /**
   * @param name as in {@code SIGTERM}, {@code term}, {@code SIGRTMIN+3} or {@code 15}
   */
  static int number(String name) throws RuntimeFailure {
    String upper = name.strip().toUpperCase(Locale.ROOT);
    String plain = upper.startsWith("SIG") ? upper.substring(3) : upper;
    Integer number = NUMBERS.get(plain);
    if (number == null && plain.matches("RTMIN(\\+\\d{1,2})?")) {
      number = FIRST_REALTIME + (plain.length() > 6 ? Integer.parseInt(plain.substring(6)) : 0);
    } else if (number == null && plain.matches("\\d{1,2}")) {
      number = Integer.parseInt(plain);
    }
    if (number == null || number < 1 || number > LAST_REALTIME) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.INVALID,
          "stop_signal_unknown",
          "There is no signal '" + name + "'.",
          "Use one of " + new TreeMap<>(NUMBERS).keySet() + ", RTMIN+n or a number.");
    }
    return number;
  }
}
