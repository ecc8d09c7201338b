package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** Cores, bytes and shares as people read them; what isn't there is empty. */
final class Amounts {
  private static final String[] UNITS = {"B", "Ki", "Mi", "Gi", "Ti", "Pi"};

  private Amounts() {}

  /** As in {@code 0.25}: cores. */
  static String cores(JsonNode item, String field) {
    JsonNode value = item.path(field);
    return value.isNumber() ? String.format(Locale.ROOT, "%.2f", value.asDouble()) : "";
  }

  /** As in {@code 12Mi} or {@code 1.5Gi}. */
  static String bytes(JsonNode item, String field) {
    JsonNode value = item.path(field);
    return value.isNumber() ? bytes(value.asLong()) : "";
  }

  static String bytes(long bytes) {
    double amount = bytes;
    int unit = 0;
    while (amount >= 1024 && unit < UNITS.length - 1) {
      amount /= 1024;
      unit++;
    }
    boolean whole = unit == 0 || amount >= 10;
    return String.format(Locale.ROOT, whole ? "%.0f%s" : "%.1f%s", amount, UNITS[unit]);
  }

  /** As in {@code 12%}. */
  static String percent(JsonNode item, String field) {
    JsonNode value = item.path(field);
    return value.isNumber() ? String.format(Locale.ROOT, "%.0f%%", value.asDouble()) : "";
  }

  /** Bytes per second in and out, as in {@code 1.2Ki/300B}. */
  static String network(JsonNode item) {
    String in = bytes(item, "received_bytes_per_second");
    String out = bytes(item, "sent_bytes_per_second");
    return in.isEmpty() && out.isEmpty() ? "" : in + "/" + out;
  }
}
