package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns, three spaces apart, the last column ragged. */
final class Table {
  private static final String GAP = "   ";

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();
  private final int[] widths;

  Table(List<String> header) {
    this.header = header;
    widths = new int[header.size()];
    widen(header);
  }

  private void widen(List<String> cells) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], cells.get(i).length());
    }
  }

  /** Empty cells show as a dash; line feeds and other control characters as spaces. */
  void row(List<String> cells) {
    List<String> clean = new ArrayList<>(cells.size());
    for (String cell : cells) {
      clean.add(cell.isEmpty() ? "-" : oneLine(cell));
    }
    widen(clean);
    rows.add(clean);
  }

  static String oneLine(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      clean.append(c < ' ' || (c >= 0x7f && c < 0xa0) ? ' ' : c);
    }
    return clean.toString();
  }

  /** The header, if wanted, and all rows; nothing is wider than {@code maxWidth}. */
  List<String> lines(Style style, boolean withHeader, int maxWidth) {
    List<String> lines = new ArrayList<>();
    if (withHeader) {
      lines.add(style.bold(line(header, Style.PLAIN, maxWidth)));
    }
    for (List<String> row : rows) {
      lines.add(line(row, style, maxWidth));
    }
    return lines;
  }

  List<String> lines(Style style) {
    return lines(style, true, Integer.MAX_VALUE);
  }

  /** Forgets the rows but not how wide they were. */
  void clear() {
    rows.clear();
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  private String line(List<String> cells, Style style, int maxWidth) {
    StringBuilder line = new StringBuilder();
    int column = 0;
    for (int i = 0; i < cells.size() && column < maxWidth; i++) {
      String cell = cells.get(i);
      if (cell.length() > maxWidth - column) {
        cell = cell.substring(0, Math.max(0, maxWidth - column - 1)) + "…";
      }
      line.append(coloured(header.get(i)) ? style.state(cell) : cell);
      column += cell.length();
      if (i < cells.size() - 1) {
        int padding = widths[i] - cell.length() + GAP.length();
        line.append(" ".repeat(padding));
        column += padding;
      }
    }
    return line.toString().stripTrailing();
  }

  private static boolean coloured(String column) {
    return column.equals("PHASE") || column.equals("STATE") || column.equals("LEVEL");
  }
}
