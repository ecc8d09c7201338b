package io.gyre.api.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.store.LoginFailures;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class LockoutTest {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  private static LoginFailures after(Lockout lockout, int failures) {
    LoginFailures last = lockout.failed(null, "ann", NOW);
    for (int i = 1; i < failures; i++) {
      last = lockout.failed(last, "ann", NOW);
    }
    return last;
  }

  @Test
  void someAreFreeThenItDoublesAndNeverLastsForGood() {
    assertThat(Lockout.left(after(Lockout.USER, 4), NOW)).isZero();
    assertThat(Lockout.left(after(Lockout.USER, 5), NOW)).isEqualTo(Duration.ofSeconds(15));
    assertThat(Lockout.left(after(Lockout.USER, 6), NOW)).isEqualTo(Duration.ofSeconds(30));
    assertThat(Lockout.left(after(Lockout.USER, 500), NOW)).isEqualTo(Duration.ofMinutes(15));
    assertThat(Lockout.left(after(Lockout.USER, 2000), NOW)).isEqualTo(Duration.ofMinutes(15));
    assertThat(Lockout.left(after(Lockout.ADDRESS, 19), NOW)).isZero();
    assertThat(Lockout.left(after(Lockout.ADDRESS, 20), NOW)).isPositive();
    assertThat(Lockout.left(null, NOW)).isZero();
  }

  @Test
  void anHourMakesGood() {
    LoginFailures many = after(Lockout.UNKNOWN, 9);
    Instant later = NOW.plus(Lockout.FORGOTTEN).plusMillis(1);
    assertThat(Lockout.left(many, NOW.plus(Duration.ofMinutes(15)))).isZero();
    assertThat(Lockout.UNKNOWN.failed(many, "ann", later).failures()).isEqualTo(1);
  }
}
