package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.function.LongFunction;

/** Amounts of memory and CPU as a manifest writes them. */
final class Quantity {
  private static final String UNITS = "KMGTPE";

  private Quantity() {}

  /** As in {@code 512Mi} or {@code 3.1Gi}; never rounded up. */
  static String memory(long bytes) {
    int unit = 0;
    while (unit < UNITS.length() && bytes >> (10 * (unit + 1)) > 0) {
      unit++;
    }
    if (unit == 0) {
      return Long.toString(bytes);
    }
    long tenths = (long) (bytes / (double) (1L << (10 * unit)) * 10);
    return decimal(tenths / 10, tenths % 10) + UNITS.charAt(unit - 1) + "i";
  }

  /** As in {@code 2}, {@code 1.5} or {@code 250m}. */
  static String cpu(long millis) {
    return millis % 100 == 0 ? decimal(millis / 1000, millis % 1000 / 100) : millis + "m";
  }

  private static String decimal(long whole, long tenth) {
    return tenth == 0 ? Long.toString(whole) : String.format(Locale.ROOT, "%d.%d", whole, tenth);
  }

  /** What a namespace uses, and of how much where that is bounded. */
  static String ofQuota(JsonNode namespace, String field, LongFunction<String> text) {
    String used = text.apply(namespace.path("used").path(field).asLong());
    JsonNode bound = namespace.path("quota").path(field);
    return bound.isNumber() ? used + "/" + text.apply(bound.asLong()) : used;
  }

  /** What is missing has no bound. */
  static String of(JsonNode amount, String field, LongFunction<String> text) {
    return amount.path(field).isNumber() ? text.apply(amount.path(field).asLong()) : "unlimited";
  }
}
