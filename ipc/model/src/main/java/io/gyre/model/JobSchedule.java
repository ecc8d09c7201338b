package io.gyre.model;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a job runs by itself.
 *
 * @param cron as {@link Cron#parse} takes it
 * @param timeZone an id such as {@code Europe/Berlin}; null: that of the host
 * @param startingDeadline how late a run may begin that was missed
 * @param suspend whether no time of it starts a run
 */
public record JobSchedule(
    String cron,
    @Nullable String timeZone,
    Concurrency concurrency,
    Duration startingDeadline,
    boolean suspend) {
  public static final Duration STARTING_DEADLINE = Duration.ofHours(1);

  /** While a run is under way, the next one … */
  public enum Concurrency {
    /** … is skipped where its time has come, and waits where somebody asked for it. */
    FORBID,
    /** … runs beside it. */
    ALLOW,
    /** … ends it and takes its place. */
    REPLACE;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The first time after that one; empty where there is none for years.
   *
   * @param host the time zone where it names none
   */
  public Optional<Instant> next(Instant after, ZoneId host) {
    return Cron.parse(cron).next(after, zone(host));
  }

  /** Its time zone, where this Java knows it, else that of the host. */
  public ZoneId zone(ZoneId host) {
    if (timeZone == null) {
      return host;
    }
    try {
      return ZoneId.of(timeZone);
    } catch (DateTimeException e) {
      return host;
    }
  }
}
