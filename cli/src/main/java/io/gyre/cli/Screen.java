package io.gyre.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Shows how far something is: on a terminal a few lines that are redrawn in place, else each line
 * once, when it is new.
 */
final class Screen {
  private static final int DEFAULT_COLUMNS = 100;
  private static final int DEFAULT_ROWS = 24;

  private final Session session;
  private final boolean live;
  private final int columns;
  private final int rows;
  private List<String> shown = List.of();

  Screen(Session session) {
    this.session = session;
    live = session.terminal();
    int[] size = live ? size(session) : new int[] {DEFAULT_ROWS, Integer.MAX_VALUE};
    rows = size[0];
    columns = size[1];
  }

  boolean live() {
    return live;
  }

  /** What a line may be wide. */
  int columns() {
    return columns;
  }

  void show(List<String> lines) {
    if (lines.equals(shown)) {
      return;
    }
    PrintStream out = session.out();
    if (live) {
      List<String> visible = visible(lines);
      if (!shown.isEmpty()) {
        out.print("\u001b[" + shown.size() + "A");
      }
      out.print("\r\u001b[J");
      visible.forEach(session::line);
      shown = List.copyOf(visible);
    } else {
      Set<String> old = new HashSet<>(shown);
      for (String line : lines) {
        if (!old.contains(line)) {
          session.line(line);
        }
      }
      shown = List.copyOf(lines);
    }
    out.flush();
  }

  private List<String> visible(List<String> lines) {
    int room = Math.max(3, rows - 2);
    if (lines.size() <= room) {
      return lines;
    }
    List<String> visible = new java.util.ArrayList<>(lines.subList(0, room - 1));
    visible.add("... and " + (lines.size() - room + 1) + " more");
    return visible;
  }

  /** Rows and columns of the terminal. */
  private static int[] size(Session session) {
    int[] size = {DEFAULT_ROWS, DEFAULT_COLUMNS};
    String[] words = (session.variable("LINES") + " " + session.variable("COLUMNS")).split(" ");
    if (words.length != 2 || words[0].isEmpty()) {
      words = stty().split(" ");
    }
    try {
      if (words.length == 2) {
        int rows = Integer.parseInt(words[0]);
        int columns = Integer.parseInt(words[1]);
        if (rows > 0 && columns > 0) {
          size = new int[] {rows, columns};
        }
      }
    } catch (NumberFormatException e) {
      // The defaults do.
    }
    return size;
  }

  private static String stty() {
    try {
      Process process =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliFailure(Exit.FAILED, "interrupted", null);
    }
  }
}
