package io.gyre.api.identity;

import io.gyre.api.http.Call;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how long something is to last, as in {@code 90d}. */
final class Spans {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,6})(s|m|h|d)");

  private Spans() {}

  static Duration of(String field, @Nullable String text, Duration otherwise, Duration most) {
    if (text == null) {
      return otherwise;
    }
    Matcher span = SPAN.matcher(text);
    if (text.equals("0") || span.matches()) {
      Duration read = text.equals("0") ? Duration.ZERO : span(span);
      if (read.compareTo(most) <= 0) {
        return read;
      }
    }
    throw Call.badField(
        "span.invalid",
        field,
        "\"" + text + "\" must be a time like 30m, 12h or 90d, at most " + most.toDays() + "d");
  }

  private static Duration span(Matcher span) {
    long amount = Long.parseLong(span.group(1));
    return switch (span.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }
}
