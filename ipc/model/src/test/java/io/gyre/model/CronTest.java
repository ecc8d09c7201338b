package io.gyre.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CronTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/5 * * * *      | 2026-03-04T05:06:07Z | 2026-03-04T05:10:00Z",
        "*/5 * * * *      | 2026-03-04T05:10:00Z | 2026-03-04T05:15:00Z",
        "@hourly          | 2026-12-31T23:30:00Z | 2027-01-01T00:00:00Z",
        "@daily           | 2026-03-04T00:00:00Z | 2026-03-05T00:00:00Z",
        "@weekly          | 2026-03-04T00:00:00Z | 2026-03-08T00:00:00Z",
        "@monthly         | 2026-03-01T00:00:00Z | 2026-04-01T00:00:00Z",
        "@yearly          | 2026-03-01T00:00:00Z | 2027-01-01T00:00:00Z",
        "0 9 * * mon-fri  | 2026-03-06T09:00:00Z | 2026-03-09T09:00:00Z",
        "0 9 * * 7        | 2026-03-06T09:00:00Z | 2026-03-08T09:00:00Z",
        "0 0 29 2 *       | 2026-03-01T00:00:00Z | 2028-02-29T00:00:00Z",
        "0 0 31 * *       | 2026-04-01T00:00:00Z | 2026-05-31T00:00:00Z",
        "0 0 13 * FRI     | 2026-03-01T00:00:00Z | 2026-03-06T00:00:00Z",
        "0 0 */13 * fri   | 2026-03-01T00:00:00Z | 2026-03-27T00:00:00Z",
        "5/20 2 1 JAN,jul * | 2026-03-01T00:00:00Z | 2026-07-01T02:05:00Z",
        "10-30/10 4 * * * | 2026-03-01T04:20:00Z | 2026-03-01T04:30:00Z",
      })
  void next(String cron, Instant after, Instant expected) {
    assertThat(Cron.parse(cron).next(after, ZoneOffset.UTC)).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''              | expected five fields (minute hour day month weekday), found 0",
        "* * * *         | expected five fields (minute hour day month weekday), found 4",
        "0 * * * * *     | expected five fields (minute hour day month weekday), found 6; there are no seconds",
        "60 * * * *      | the minute is wrong: \"60\" is not a number from 0 to 59",
        "* 24 * * *      | the hour is wrong: \"24\" is not a number from 0 to 23",
        "* * 0 * *       | the day of the month is wrong: \"0\" is not a number from 1 to 31",
        "* * * foo *     | the month is wrong: \"foo\" is not a number from 1 to 12 or a name such as feb",
        "* * * * fri-mon | the day of the week is wrong: \"fri-mon\" ends before it begins; write it as two ranges",
        "*/0 * * * *     | the minute \"*/0\" is wrong: \"0\" is not a number from 1 to 59",
        "1,,2 * * * *    | the minute \"1,,2\" is wrong: \"\" is nothing",
        "0 0 31 2 *      | there is no such day in any year",
        "@reboot         | unknown \"@reboot\"; use @hourly, @daily, @weekly, @monthly or @yearly",
        "TZ=UTC 0 0 * * * | a time zone goes into time_zone",
      })
  void refused(String cron, String why) {
    assertThatThrownBy(() -> Cron.parse(cron))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(why);
  }

  @Test
  void whatTheGapSwallowsComesAtItsEnd() {
    // 2026-03-29 02:00 -> 03:00
    assertThat(of("30 2 * * *", "2026-03-28T02:00:00+01:00", 3))
        .containsExactly(
            Instant.parse("2026-03-28T01:30:00Z"),
            Instant.parse("2026-03-29T01:00:00Z"),
            Instant.parse("2026-03-30T00:30:00Z"));
    assertThat(of("30 */2 * * *", "2026-03-29T00:40:00+01:00", 2))
        .containsExactly(
            Instant.parse("2026-03-29T02:30:00Z"), Instant.parse("2026-03-29T04:30:00Z"));
  }

  @Test
  void theRepeatedHourCountsOnce() {
    // 2026-10-25 03:00 -> 02:00
    assertThat(of("30 2 * * *", "2026-10-24T12:00:00+02:00", 2))
        .containsExactly(
            Instant.parse("2026-10-25T00:30:00Z"), Instant.parse("2026-10-26T01:30:00Z"));
    assertThat(of("30 2 * * *", "2026-10-25T02:10:00+01:00", 1))
        .containsExactly(Instant.parse("2026-10-26T01:30:00Z"));
    assertThat(of("30 * * * *", "2026-10-25T02:00:00+02:00", 3))
        .containsExactly(
            Instant.parse("2026-10-25T00:30:00Z"),
            Instant.parse("2026-10-25T01:30:00Z"),
            Instant.parse("2026-10-25T02:30:00Z"));
  }

  private static List<Instant> of(String cron, String after, int count) {
    List<Instant> found = new ArrayList<>();
    Instant at = ZonedDateTime.parse(after).toInstant();
    for (int i = 0; i < count; i++) {
      at = Cron.parse(cron).next(at, BERLIN).orElseThrow();
      found.add(at);
    }
    return found;
  }

  /** Against walking through every minute, where nobody sets a clock. */
  @Test
  void agreesWithWalking() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      String minute = random.nextInt(60) + "," + random.nextInt(60);
      String hour = random.nextBoolean() ? "*/" + (1 + random.nextInt(9)) : "" + random.nextInt(24);
      String day = random.nextBoolean() ? "*" : "" + (1 + random.nextInt(28));
      String weekday = random.nextBoolean() ? "*" : random.nextInt(7) + "";
      String text = String.join(" ", minute, hour, day, "*", weekday);
      Instant after = Instant.ofEpochSecond(1_700_000_000L + random.nextInt(30_000_000));
      assertThat(Cron.parse(text).next(after, ZoneOffset.UTC))
          .as(text + " after " + after)
          .contains(walk(minute, hour, day, weekday, after));
    }
  }

  private static Instant walk(
      String minute, String hour, String day, String weekday, Instant after) {
    LocalDateTime at = after.atOffset(ZoneOffset.UTC).toLocalDateTime().withSecond(0).withNano(0);
    while (true) {
      at = at.plusMinutes(1);
      boolean minuteFits = List.of(minute.split(",")).contains("" + at.getMinute());
      boolean hourFits =
          hour.startsWith("*/")
              ? at.getHour() % Integer.parseInt(hour.substring(2)) == 0
              : hour.equals("" + at.getHour());
      boolean anyDay = day.equals("*");
      boolean anyWeekday = weekday.equals("*");
      boolean dayFits = day.equals("" + at.getDayOfMonth());
      boolean weekdayFits = weekday.equals("" + at.getDayOfWeek().getValue() % 7);
      boolean date =
          (anyDay || anyWeekday)
              ? (anyDay || dayFits) && (anyWeekday || weekdayFits)
              : dayFits || weekdayFits;
      if (minuteFits && hourFits && date) {
        return at.toInstant(ZoneOffset.UTC);
      }
    }
  }

  /** In every zone the next time is later, and none lies between. */
  @Test
  void goesOnOverEveryChangeOfTheClock() {
    for (String zone : List.of("Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "UTC")) {
      for (String text : List.of("*/7 * * * *", "30 2 * * *", "15 1,2,3 * * *", "0 */3 * * 0")) {
        Cron cron = Cron.parse(text);
        Instant at = Instant.parse("2026-01-01T00:00:00Z");
        Instant end = Instant.parse("2026-12-31T00:00:00Z");
        while (at.isBefore(end)) {
          Instant next = cron.next(at, ZoneId.of(zone)).orElseThrow();
          assertThat(next).as(text + " in " + zone).isAfter(at);
          Instant between = at.plus(Duration.between(at, next).dividedBy(2));
          assertThat(cron.next(between, ZoneId.of(zone))).as(text + " in " + zone).contains(next);
          at = next;
        }
      }
    }
  }
}
