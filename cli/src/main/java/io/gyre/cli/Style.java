package io.gyre.cli;

import java.util.Map;

/** Colours, where the output is a terminal that shows them and the user hasn't said no. */
final class Style {
  private static final String GREEN = "32";
  private static final String YELLOW = "33";
  private static final String RED = "31";
  private static final String DIM = "2";
  private static final String BOLD = "1";

  static final Style PLAIN = new Style(false);

  private final boolean colours;

  private Style(boolean colours) {
    this.colours = colours;
  }

  /** The launcher says in {@code GYRE_TTY} whether standard output is a terminal. */
  static Style of(Map<String, String> environment) {
    String noColour = environment.getOrDefault("NO_COLOR", "");
    return new Style(
        terminal(environment) && noColour.isEmpty() && !"dumb".equals(environment.get("TERM")));
  }

  static boolean terminal(Map<String, String> environment) {
    return "1".equals(environment.get("GYRE_TTY"));
  }

  boolean colours() {
    return colours;
  }

  /** The word in the colour of what it means. */
  String state(String word) {
    return switch (word) {
      case "running", "ready", "ok", "up", "completed", "succeeded" -> paint(GREEN, word);
      case "failed", "crash_looping", "rejected", "fail", "dead", "warning", "timed_out" ->
          paint(RED, word);
      case "", "-", "absent", "stopped", "exited", "normal", "deleting", "stopping", "cancelled" ->
          word;
      default -> paint(YELLOW, word);
    };
  }

  String dim(String text) {
    return paint(DIM, text);
  }

  String bold(String text) {
    return paint(BOLD, text);
  }

  String bad(String text) {
    return paint(RED, text);
  }

  /** One of a few colours, always the same for the same name. */
  String named(String name, String text) {
    return paint(Integer.toString(32 + Math.floorMod(name.hashCode(), 5)), text);
  }

  private String paint(String code, String text) {
    return colours && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
