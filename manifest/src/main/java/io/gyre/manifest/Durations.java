package io.gyre.manifest;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as manifests write them: {@code 500ms}, {@code 10s}, {@code 1m30s}, {@code 1.5h}. */
final class Durations {
  private static final String NUMBER = "([0-9]{1,9}(?:\\.[0-9]{1,6})?)";
  private static final Pattern SHAPE =
      Pattern.compile("(?=.)(?:%1$sh)?(?:%1$sm)?(?:%1$ss)?(?:%1$sms)?".formatted(NUMBER));
  private static final double[] UNIT_MILLIS = {3_600_000, 60_000, 1_000, 1};

  private Durations() {}

  static @Nullable Duration read(Value value, Duration min, Duration max) {
    String expected = "a duration such as 500ms, 10s or 1m30s";
    String text = value.scalar(expected);
    if (text == null) {
      return null;
    }
    Duration duration = parse(text);
    if (duration == null) {
      boolean noUnit = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
      value.problem(
          "invalid",
          "expected "
              + expected
              + ", found "
              + Excerpt.quoted(text)
              + (noUnit ? "; say the unit, as in " + Excerpt.plain(text) + "s" : ""));
      return null;
    }
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      value.problem(
          "out_of_range",
          "must be between " + show(min) + " and " + show(max) + ", not " + Excerpt.plain(text));
      return null;
    }
    return duration;
  }

  static @Nullable Duration parse(String text) {
    Matcher matcher = SHAPE.matcher(text);
    if (text.length() > 60 || !matcher.matches()) {
      return null;
    }
    double millis = 0;
    for (int i = 0; i < UNIT_MILLIS.length; i++) {
      String number = matcher.group(i + 1);
      if (number != null) {
        millis += Double.parseDouble(number) * UNIT_MILLIS[i];
      }
    }
    return Duration.ofMillis(Math.round(millis));
  }

  /** The shortest form that {@link #parse} reads back. */
  static String show(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    String[] units = {"h", "m", "s", "ms"};
    for (int i = 0; i < units.length; i++) {
      long unit = (long) UNIT_MILLIS[i];
      if (millis >= unit) {
        out.append(millis / unit).append(units[i]);
        millis %= unit;
      }
    }
    return out.toString();
  }
}
