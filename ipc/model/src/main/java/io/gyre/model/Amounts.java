package io.gyre.model;

import java.util.Locale;

/** Amounts of memory and CPU in words, as short as they can be read well. */
public final class Amounts {
  private static final String UNITS = "KMGTPE";

  private Amounts() {}

  /** As in {@code 512Mi} or {@code 3.1Gi}; never rounded up. */
  public static String memory(long bytes) {
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
  public static String cpu(long millis) {
    return millis % 100 == 0 ? decimal(millis / 1000, millis % 1000 / 100) : millis + "m";
  }

  private static String decimal(long whole, long tenth) {
    return tenth == 0 ? Long.toString(whole) : String.format(Locale.ROOT, "%d.%d", whole, tenth);
  }
}
