package io.gyre.api.http;

import io.gyre.model.GyreException;
import io.gyre.model.Names;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads query parameters; a wrong value is refused by its name, a missing one has a default. */
public final class Query {
  private static final int DEFAULT_PAGE = 100;
  private static final int MAX_PAGE = 500;
  private static final Pattern AGE = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private Query() {}

  public static int pageSize(@Nullable String text) {
    return (int) number("limit", text, DEFAULT_PAGE, 1, MAX_PAGE);
  }

  public static long number(
      String name, @Nullable String text, long otherwise, long min, long max) {
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw Call.badQuery(name, "\"" + text + "\" must be a whole number from " + min + " to " + max);
  }

  public static boolean flag(String name, @Nullable String text) {
    return switch (text) {
      case null -> false;
      case "", "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw Call.badQuery(name, "\"" + text + "\" must be true or false");
    };
  }

  /** A name to filter by; empty means all, like none. */
  public static @Nullable String name(String name, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    if (!Names.valid(text)) {
      throw Call.badQuery(name, "\"" + text + "\" is not a name: use " + Names.RULE);
    }
    return text;
  }

  /** A time, or how long ago, as in {@code 10m}. */
  public static @Nullable Instant since(String name, @Nullable String text, Instant now) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    Matcher age = AGE.matcher(text);
    try {
      return age.matches()
          ? now.minus(age(Long.parseLong(age.group(1)), age.group(2)))
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException | ArithmeticException e) {
      throw Call.badQuery(
          name, "\"" + text + "\" must be a time like 2030-01-31T12:00:00Z or an age like 10m");
    }
  }

  private static Duration age(long amount, String unit) {
    return switch (unit) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /** The key after which a page starts, as {@link #position} made it. */
  public static @Nullable String after(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw badPosition(text);
    }
  }

  public static GyreException badPosition(String text) {
    return Call.badQuery(
        "continue", "\"" + text + "\" is not what an earlier answer gave in continue");
  }

  /** What a client sends back to get the page after this key. */
  public static String position(Object key) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(key.toString().getBytes(StandardCharsets.UTF_8));
  }
}
