package io.gyre.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A schedule in the five fields of cron: minute, hour, day of the month, month, day of the week.
 *
 * <p>Where both days are restricted (begin with no {@code *}), either is enough, as in every cron.
 * Where clocks are set forward, what the gap swallows comes at its end, once; where they are set
 * back, what was due in the repeated hour comes the first time only. Neither holds for a schedule
 * whose hour begins with {@code *}: that follows the time that passes.
 */
public final class Cron {
  /** The 29th of February may be eight years away; a day of the week on it is no restriction. */
  private static final int YEARS = 9;

  private static final Map<String, String> NICKNAMES =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

  private final BitSet minutes;
  private final BitSet hours;
  private final BitSet days;
  private final BitSet months;
  private final BitSet weekdays;
  private final boolean eitherDay;
  private final boolean everyHour;

  private Cron(String[] fields) {
    minutes = field("minute", fields[0], 0, 59, List.of());
    hours = field("hour", fields[1], 0, 23, List.of());
    days = field("day of the month", fields[2], 1, 31, List.of());
    months = field("month", fields[3], 1, 12, MONTHS);
    weekdays = field("day of the week", fields[4], 0, 7, DAYS);
    if (weekdays.get(7)) {
      weekdays.set(0);
    }
    eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    everyHour = fields[1].startsWith("*");
  }

  /**
   * @throws IllegalArgumentException says in words what is wrong with it
   */
  public static Cron parse(String text) {
    String line = text.strip().toLowerCase(Locale.ROOT);
    if (line.startsWith("@")) {
      String meant = NICKNAMES.get(line);
      if (meant == null) {
        throw new IllegalArgumentException(
            "unknown \"" + line + "\"; use @hourly, @daily, @weekly, @monthly or @yearly");
      }
      line = meant;
    }
    if (line.startsWith("tz=") || line.startsWith("cron_tz=")) {
      throw new IllegalArgumentException("a time zone goes into time_zone");
    }
    String[] fields = line.split("\\s+", -1);
    if (fields.length != 5) {
      throw new IllegalArgumentException(
          "expected five fields (minute hour day month weekday), found "
              + (line.isEmpty() ? 0 : fields.length)
              + (fields.length == 6 ? "; there are no seconds" : ""));
    }
    Cron cron = new Cron(fields);
    if (cron.next(Instant.EPOCH, ZoneOffset.UTC).isEmpty()) {
      throw new IllegalArgumentException("there is no such day in any year");
    }
    return cron;
  }

  private static BitSet field(String name, String text, int min, int max, List<String> names) {
    BitSet set = new BitSet(max + 1);
    for (String part : text.split(",", -1)) {
      String[] stepped = part.split("/", -1);
      int step = 1;
      if (stepped.length > 2 || part.isEmpty()) {
        throw wrong(name, text, "\"" + part + "\" is nothing");
      }
      if (stepped.length == 2) {
        step = number(name, text, stepped[1], 1, max, List.of());
      }
      int from = min;
      int to = max;
      if (!stepped[0].equals("*")) {
        String[] range = stepped[0].split("-", -1);
        if (range.length > 2) {
          throw wrong(name, text, "\"" + part + "\" is no range");
        }
        from = number(name, text, range[0], min, max, names);
        to = range.length == 2 ? number(name, text, range[1], min, max, names) : from;
        if (range.length == 1 && stepped.length == 2) {
          to = max;
        }
        if (to < from) {
          throw wrong(name, text, "\"" + part + "\" ends before it begins; write it as two ranges");
        }
      } else if (names.equals(DAYS)) {
        to = 6;
      }
      for (int i = from; i <= to; i += step) {
        set.set(i);
      }
    }
    return set;
  }

  private static int number(
      String name, String field, String text, int min, int max, List<String> names) {
    int named = names.indexOf(text);
    if (named >= 0) {
      return named + (names.equals(MONTHS) ? 1 : 0);
    }
    boolean digits = text.matches("[0-9]{1,4}");
    int number = digits ? Integer.parseInt(text) : -1;
    if (number < min || number > max) {
      throw wrong(
          name,
          field,
          "\""
              + text
              + "\" is not a number from "
              + min
              + " to "
              + max
              + (names.isEmpty() ? "" : " or a name such as " + names.get(1)));
    }
    return number;
  }

  private static IllegalArgumentException wrong(String name, String field, String why) {
    return new IllegalArgumentException(
        "the "
            + name
            + " "
            + (why.contains(field) ? "" : "\"" + field + "\" ")
            + "is wrong: "
            + why);
  }

  /** The first time after that one; empty where there is none for years. */
  public Optional<Instant> next(Instant after, ZoneId zone) {
    LocalDate last = after.atZone(zone).toLocalDate().plusYears(YEARS);
    Instant at = after;
    // The first minute that may count, then from one change of the offset to the next.
    LocalDateTime from =
        after.atZone(zone).toLocalDateTime().plusMinutes(1).withSecond(0).withNano(0);
    @Nullable ZoneOffsetTransition before = zone.getRules().previousTransition(after.plusNanos(1));
    if (!everyHour
        && before != null
        && before.isOverlap()
        && from.isBefore(before.getDateTimeBefore())) {
      from = before.getDateTimeBefore();
    }
    while (true) {
      ZoneOffset offset = zone.getRules().getOffset(at);
      @Nullable ZoneOffsetTransition change = zone.getRules().nextTransition(at);
      LocalDateTime end = change == null ? LocalDateTime.MAX : change.getDateTimeBefore();
      LocalDateTime found = search(from, end, last);
      if (found != null) {
        return Optional.of(found.toInstant(offset));
      }
      if (change == null || end.toLocalDate().isAfter(last)) {
        return Optional.empty();
      }
      at = change.getInstant();
      from = change.getDateTimeAfter();
      if (!everyHour) {
        if (change.isGap() && search(change.getDateTimeBefore(), from, last) != null) {
          return Optional.of(at);
        }
        from = change.isOverlap() ? change.getDateTimeBefore() : from;
      }
    }
  }

  /** The first match from then on, before the end and not after that day. */
  private @Nullable LocalDateTime search(LocalDateTime from, LocalDateTime end, LocalDate last) {
    LocalTime time = from.toLocalTime();
    for (LocalDate day = from.toLocalDate();
        !day.isAfter(last) && !day.isAfter(end.toLocalDate());
        day = day.plusDays(1)) {
      if (months.get(day.getMonthValue()) && matches(day)) {
        LocalTime found = search(time);
        if (found != null) {
          LocalDateTime match = day.atTime(found);
          return match.isBefore(end) ? match : null;
        }
      }
      time = LocalTime.MIDNIGHT;
    }
    return null;
  }

  private boolean matches(LocalDate day) {
    boolean ofMonth = days.get(day.getDayOfMonth());
    boolean ofWeek = weekdays.get(day.getDayOfWeek().getValue() % 7);
    return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
  }

  private @Nullable LocalTime search(LocalTime from) {
    int minute =
        from.getSecond() > 0 || from.getNano() > 0 ? from.getMinute() + 1 : from.getMinute();
    for (int hour = hours.nextSetBit(from.getHour());
        hour >= 0;
        hour = hours.nextSetBit(hour + 1)) {
      int found = minutes.nextSetBit(hour == from.getHour() ? minute : 0);
      if (found >= 0) {
        return LocalTime.of(hour, found);
      }
    }
    return null;
  }
}
