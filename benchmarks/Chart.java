import java.util.Locale;

/**
 * An SVG that is readable on light and on dark ground. Lengths are in pixels, from the top left.
 */
final class Chart {
  static final int WIDTH = 840;

  /** Where labels of lines end, and the plotted area begins. */
  static final int LEFT = 330;

  static final int RIGHT = WIDTH - 90;
  private static final int TOP = 64;

  private static final String STYLE =
      """
      svg { --ground: #ffffff; --ink: #1d2129; --faint: #667085; --grid: #e4e7ec;
        --ours: #0a7f6f; --peer: #7a869a; --limit: #c2410c;
        --s0: #5b6fb5; --s1: #0a7f6f; --s2: #b7791f; --s3: #a2456b }
      @media (prefers-color-scheme: dark) { svg { --ground: #14171c; --ink: #e6e9ef;
        --faint: #98a2b3; --grid: #2b313b; --ours: #3fcfb8; --peer: #8793a8; --limit: #fb923c;
        --s0: #8fa2ea; --s1: #3fcfb8; --s2: #e0b052; --s3: #df86ab } }
      text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
        fill: var(--ink) }
      .title { font-size: 16px; font-weight: 600 }
      .faint { fill: var(--faint); font-size: 12px }
      .end { text-anchor: end }
      .middle { text-anchor: middle }
      .in { fill: var(--ground); font-size: 12px; text-anchor: middle }
      .grid { stroke: var(--grid) }
      .limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 5 4 }
      .limit-text { fill: var(--limit); font-size: 12px }
      .ground { fill: var(--ground) }
      .ours { fill: var(--ours); stroke: var(--ours) }
      .peer { fill: var(--peer); stroke: var(--peer) }
      .dot { fill-opacity: .35; stroke: none }
      .box { fill-opacity: .18; stroke-opacity: .8 }
      .median { stroke-width: 3 }
      .line { fill: none; stroke-width: 2 }
      """;

  private final StringBuilder body = new StringBuilder();
  private final int height;

  Chart(String title, String subtitle, int plotHeight) {
    this.height = TOP + plotHeight + 44;
    add("<rect class=\"ground\" width=\"%d\" height=\"%d\" rx=\"8\"/>", WIDTH, height);
    text(20, 30, "title", title);
    text(20, 50, "faint", subtitle);
  }

  int top() {
    return TOP;
  }

  int bottom() {
    return height - 44;
  }

  private void add(String format, Object... values) {
    body.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  void text(double x, double y, String kind, String text) {
    add("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>", x, y, kind, escaped(text));
  }

  void line(double x1, double y1, double x2, double y2, String kind) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
        x1, y1, x2, y2, kind);
  }

  void rect(double x, double y, double width, double height, String kind) {
    add(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" %s/>",
        x, y, width, height, attribute(kind));
  }

  void circle(double x, double y, double radius, String kind) {
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" class=\"%s\"/>", x, y, radius, kind);
  }

  void path(String points, String kind) {
    add("<polyline points=\"%s\" class=\"%s\"/>", points, kind);
  }

  /** A class, or a colour of the series. */
  private static String attribute(String kind) {
    return kind.startsWith("--") ? "style=\"fill: var(" + kind + ")\"" : "class=\"" + kind + "\"";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("->", "→").replace(">", "&gt;");
  }

  /** With three digits that say something. */
  static String number(double value) {
    if (value >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, value < 1 ? "%.2f" : "%.1f", value);
  }

  String svg() {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img">
    <style>
    %3$s</style>
    %4$s</svg>
    """
        .formatted(WIDTH, height, STYLE, body);
  }
}
