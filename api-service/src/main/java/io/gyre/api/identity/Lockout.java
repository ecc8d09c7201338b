package io.gyre.api.identity;

import io.gyre.store.LoginFailures;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long nobody may try to log in after so many failures: twice as long each time, never for
 * good. An hour without a failure makes good for all. What is tried while it lasts isn't looked at
 * and doesn't count.
 */
enum Lockout {
  USER("user", 5),
  /** A user that isn't there is treated alike. */
  UNKNOWN("unknown", 5),
  /** Many may share one. */
  ADDRESS("address", 20);

  static final Duration FORGOTTEN = Duration.ofHours(1);
  private static final Duration SHORTEST = Duration.ofSeconds(15);
  private static final Duration LONGEST = Duration.ofMinutes(15);

  private final String kind;
  private final int free;

  Lockout(String kind, int free) {
    this.kind = kind;
    this.free = free;
  }

  String kind() {
    return kind;
  }

  /**
   * @param before null: there was no failure
   */
  LoginFailures failed(@Nullable LoginFailures before, String subject, Instant now) {
    int failures =
        before == null || before.lastAt().plus(FORGOTTEN).isBefore(now)
            ? 1
            : Math.min(before.failures() + 1, 1000);
    return new LoginFailures(kind, subject, failures, now, now.plus(locked(failures)));
  }

  private Duration locked(int failures) {
    if (failures < free) {
      return Duration.ZERO;
    }
    Duration doubled = SHORTEST.multipliedBy(1L << Math.min(failures - free, 10));
    return doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
  }

  /** How much longer; zero: not. */
  static Duration left(@Nullable LoginFailures failures, Instant now) {
    return failures == null || !failures.lockedUntil().isAfter(now)
        ? Duration.ZERO
        : Duration.between(now, failures.lockedUntil());
  }
}
