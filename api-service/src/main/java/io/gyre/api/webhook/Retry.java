package io.gyre.api.webhook;

import java.time.Duration;

/** When a delivery that failed is tried again. Pure. */
sealed interface Retry {
  int MOST_TRIES = 15;
  Duration LONGEST = Duration.ofHours(24);
  Duration FIRST_DELAY = Duration.ofSeconds(1);
  Duration MOST_DELAY = Duration.ofMinutes(5);

  record Again(Duration delay) implements Retry {}

  /** Given up. */
  record Dead() implements Retry {}

  /**
   * @param tries of this delivery
   * @param failures of the webhook in a row, this one included
   * @param age of the event
   * @param jitter at least 0, less than 1
   */
  static Retry after(int tries, int failures, Duration age, double jitter) {
    return tries >= MOST_TRIES || expired(failures, age)
        ? new Dead()
        : new Again(delay(failures, jitter));
  }

  /** So old that a receiver which fails isn't tried with it. */
  static boolean expired(int failures, Duration age) {
    return failures > 0 && age.compareTo(LONGEST) > 0;
  }

  /** Doubles with each failure; a random quarter of it is left out. */
  static Duration delay(int failures, double jitter) {
    int doublings = Math.clamp(failures - 1, 0, 20);
    long most = Math.min(MOST_DELAY.toMillis(), FIRST_DELAY.toMillis() << doublings);
    return Duration.ofMillis(most - (long) (jitter * most / 4));
  }
}
