package io.gyre.reconciler.job;

import io.gyre.model.Cron;
import io.gyre.model.JobSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which time of a schedule is due. Pure.
 *
 * @param decidedUntil times up to this one are dealt with from now on
 * @param due the time whose run is to begin; null: none
 * @param missed the first time that was missed, in whose place {@code due} or nothing runs; null:
 *     none
 * @param next when the next time comes; null: never
 * @param setBack whether the clock was set back so far that its times count anew
 */
record Timetable(
    Instant decidedUntil,
    @Nullable Instant due,
    @Nullable Instant missed,
    @Nullable Instant next,
    boolean setBack) {
  /**
   * A clock that was set back less than this passes times again that are dealt with already; one
   * that was set back further tells another day.
   */
  static final Duration CORRECTION = Duration.ofHours(3);

  static Timetable at(JobSchedule schedule, Instant decidedUntil, ZoneId zone, Instant now) {
    boolean setBack = decidedUntil.isAfter(now.plus(CORRECTION));
    Instant from = setBack ? now : decidedUntil;
    Cron cron = Cron.parse(schedule.cron());
    ZoneId own = schedule.zone(zone);
    Instant first = cron.next(from, own).orElse(null);
    if (first == null || first.isAfter(now)) {
      return new Timetable(from, null, null, first, setBack);
    }
    Instant inTime = now.minus(schedule.startingDeadline());
    Instant last = null;
    Optional<Instant> each = Optional.of(first);
    if (first.isBefore(inTime)) {
      each = cron.next(inTime.minusMillis(1), own);
    }
    while (each.isPresent() && !each.get().isAfter(now)) {
      last = each.get();
      each = cron.next(last, own);
    }
    return new Timetable(
        last == null ? now : last,
        last,
        first.equals(last) ? null : first,
        each.orElse(null),
        setBack);
  }
}
