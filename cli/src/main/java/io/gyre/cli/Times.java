package io.gyre.cli;

import org.jspecify.annotations.Nullable;

/** Times as the API writes them and durations as people do, without {@code java.time.format}. */
final class Times {
  private static final long SECOND = 1000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Times() {}

  /**
   * Milliseconds since 1970 of a UTC time such as {@code 2026-11-20T17:40:01.123Z}; -1 where it
   * isn't one.
   */
  static long epochMs(String text) {
    if (text.length() < 20 || text.charAt(text.length() - 1) != 'Z' || text.charAt(10) != 'T') {
      return -1;
    }
    try {
      long days = days(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
      long ms =
          days * DAY
              + number(text, 11, 13) * HOUR
              + number(text, 14, 16) * MINUTE
              + number(text, 17, 19) * SECOND;
      int scale = 100;
      for (int i = 20; i < text.length() - 1 && scale > 0; i++, scale /= 10) {
        ms += (long) (text.charAt(i) - '0') * scale;
      }
      return ms;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }

  /** Days since 1970-01-01 in the Gregorian calendar. */
  private static long days(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year;
    int era = Math.floorDiv(y, 400);
    int yearOfEra = y - era * 400;
    int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097L + dayOfEra - 719_468L;
  }

  /**
   * How long ago, as short as it is useful: {@code 45s}, {@code 3m12s}, {@code 5h}, {@code 12d}.
   */
  static String age(String time, long nowMs) {
    long then = epochMs(time);
    return then < 0 ? "-" : duration(Math.max(0, nowMs - then));
  }

  static String duration(long ms) {
    if (ms < 2 * MINUTE) {
      return ms / SECOND + "s";
    }
    if (ms < 10 * MINUTE) {
      return two(ms / MINUTE, "m", ms % MINUTE / SECOND, "s");
    }
    if (ms < 3 * HOUR) {
      return ms / MINUTE + "m";
    }
    if (ms < 8 * HOUR) {
      return two(ms / HOUR, "h", ms % HOUR / MINUTE, "m");
    }
    if (ms < 2 * DAY) {
      return ms / HOUR + "h";
    }
    if (ms < 8 * DAY) {
      return two(ms / DAY, "d", ms % DAY / HOUR, "h");
    }
    return ms / DAY + "d";
  }

  private static String two(long major, String majorUnit, long minor, String minorUnit) {
    return major + majorUnit + (minor == 0 ? "" : minor + minorUnit);
  }

  /** The time of day of an API time, with milliseconds; the text itself where it isn't one. */
  static String timeOfDay(String time) {
    return epochMs(time) < 0 ? time : time.substring(11, time.length() - 1);
  }

  /** The milliseconds of {@code 90s}, {@code 5m}, {@code 1h30m}, {@code 500ms}; null if none. */
  static @Nullable Long durationMs(String text) {
    long total = 0;
    int at = 0;
    while (at < text.length()) {
      int start = at;
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        at++;
      }
      int unit = at;
      while (at < text.length() && !Character.isDigit(text.charAt(at))) {
        at++;
      }
      long factor = factor(text.substring(unit, at));
      if (unit == start || unit - start > 9 || factor == 0) {
        return null;
      }
      total += Long.parseLong(text, start, unit, 10) * factor;
    }
    return text.isEmpty() ? null : total;
  }

  private static long factor(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> SECOND;
      case "m" -> MINUTE;
      case "h" -> HOUR;
      case "d" -> DAY;
      default -> 0;
    };
  }

  /** The value of an option such as {@code --timeout}. */
  static long option(String name, String value) {
    Long ms = durationMs(value);
    if (ms == null) {
      throw CliFailure.usage(
          name + " " + value + " is not a duration", "write it as 30s, 5m or 1h30m");
    }
    return ms;
  }
}
