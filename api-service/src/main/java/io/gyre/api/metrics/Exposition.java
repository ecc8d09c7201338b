package io.gyre.api.metrics;

/**
 * Metrics as Prometheus reads them, text format 0.0.4: each family's HELP and TYPE once, then all
 * of its samples.
 */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(16 * 1024);
  private String family = "";

  /** Begins a family, which must not have been there before; its name ends in _total. */
  Exposition counter(String name, String help) {
    return family(name, "counter", help);
  }

  /** Begins a family, likewise. */
  Exposition gauge(String name, String help) {
    return family(name, "gauge", help);
  }

  private Exposition family(String name, String type, String help) {
    family = name;
    text.append("# HELP ").append(name).append(' ');
    escape(help, false);
    text.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /**
   * A sample of the family.
   *
   * @param labels names and values in turn
   */
  Exposition sample(Number value, String... labels) {
    text.append(family);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      escape(labels[i + 1], true);
      text.append('"');
    }
    if (labels.length > 0) {
      text.append('}');
    }
    text.append(' ').append(number(value)).append('\n');
    return this;
  }

  private static String number(Number value) {
    double exact = value.doubleValue();
    return exact == Math.rint(exact) && Math.abs(exact) < 1e15
        ? Long.toString(value.longValue())
        : Double.toString(exact);
  }

  private void escape(String value, boolean quoted) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '"' -> text.append(quoted ? "\\\"" : "\"");
        default -> text.append(c);
      }
    }
  }

  String text() {
    return text.toString();
  }
}
