package io.gyre.manifest;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Amounts of CPU and memory. */
final class Quantities {
  private static final String NUMBER = "([0-9]{1,19}(?:\\.[0-9]{1,9})?|\\.[0-9]{1,9})";
  private static final Pattern CPU = Pattern.compile(NUMBER + "(m?)");
  private static final Pattern MEMORY = Pattern.compile(NUMBER + "(Ki|Mi|Gi|Ti|k|K|M|G|T)?");
  private static final Map<String, Long> UNITS =
      Map.of(
          "Ki", 1L << 10,
          "Mi", 1L << 20,
          "Gi", 1L << 30,
          "Ti", 1L << 40,
          "k", 1_000L,
          "K", 1_000L,
          "M", 1_000_000L,
          "G", 1_000_000_000L,
          "T", 1_000_000_000_000L);
  private static final BigDecimal MOST_CPU_MILLIS = BigDecimal.valueOf(10_000_000);
  private static final BigDecimal LEAST_MEMORY = BigDecimal.valueOf(1 << 20);
  private static final BigDecimal MOST_MEMORY = BigDecimal.valueOf(1L << 60);

  private Quantities() {}

  /** Thousandths of a core. */
  static @Nullable Long cpuMillis(Value value) {
    String expected = "an amount of CPU such as 0.5, 2 or 500m";
    String text = value.scalar(expected);
    if (text == null) {
      return null;
    }
    Matcher matcher = CPU.matcher(text);
    if (!matcher.matches()) {
      value.problem("invalid", "expected " + expected + ", found " + Excerpt.quoted(text));
      return null;
    }
    BigDecimal millis =
        new BigDecimal(matcher.group(1)).movePointRight(matcher.group(2).isEmpty() ? 3 : 0);
    if (millis.compareTo(BigDecimal.ONE) < 0 || millis.compareTo(MOST_CPU_MILLIS) > 0) {
      value.problem("invalid", "must be between 1m and 10000, not " + Excerpt.plain(text));
      return null;
    }
    return millis.setScale(0, RoundingMode.DOWN).longValueExact();
  }

  static @Nullable Long memoryBytes(Value value) {
    String expected =
        "an amount of memory in bytes, or with one of Ki, Mi, Gi, Ti, K, M, G, T, such as 256Mi";
    String text = value.scalar(expected);
    if (text == null) {
      return null;
    }
    Matcher matcher = MEMORY.matcher(text);
    if (!matcher.matches()) {
      value.problem("invalid", "expected " + expected + ", found " + Excerpt.quoted(text));
      return null;
    }
    long unit = matcher.group(2) == null ? 1 : UNITS.getOrDefault(matcher.group(2), 1L);
    BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
    if (bytes.compareTo(LEAST_MEMORY) < 0 || bytes.compareTo(MOST_MEMORY) > 0) {
      value.problem("invalid", "must be between 1Mi and 1048576Ti, not " + Excerpt.plain(text));
      return null;
    }
    return bytes.setScale(0, RoundingMode.DOWN).longValueExact();
  }

  /** The largest binary unit that divides it, as in {@code 256Mi}. */
  static String showMemory(long bytes) {
    String[] units = {"Ti", "Gi", "Mi", "Ki"};
    for (String unit : units) {
      long size = UNITS.getOrDefault(unit, 1L);
      if (bytes >= size && bytes % size == 0) {
        return bytes / size + unit;
      }
    }
    return Long.toString(bytes);
  }

  static String showCpu(long millis) {
    return millis % 1000 == 0 ? Long.toString(millis / 1000) : millis + "m";
  }
}
