package io.gyre.api.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RetryTest {
  private static final Duration YOUNG = Duration.ofMinutes(1);

  @Test
  void delaysDoubleUpToFiveMinutes() {
    assertThat(Retry.delay(1, 0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Retry.delay(2, 0)).isEqualTo(Duration.ofSeconds(2));
    assertThat(Retry.delay(9, 0)).isEqualTo(Duration.ofSeconds(256));
    assertThat(Retry.delay(10, 0)).isEqualTo(Retry.MOST_DELAY);
    assertThat(Retry.delay(Integer.MAX_VALUE, 0)).isEqualTo(Retry.MOST_DELAY);
    assertThat(Retry.delay(1, 0.999)).isBetween(Duration.ofMillis(750), Duration.ofMillis(999));
  }

  @Test
  void aDeliveryDiesOfTriesOrOfAge() {
    assertThat(Retry.after(14, 14, YOUNG, 0)).isInstanceOf(Retry.Again.class);
    assertThat(Retry.after(15, 15, YOUNG, 0)).isInstanceOf(Retry.Dead.class);
    assertThat(Retry.after(1, 1, Duration.ofHours(25), 0)).isInstanceOf(Retry.Dead.class);
    assertThat(Retry.after(1, 400, YOUNG, 0))
        .as("the delay is that of the webhook")
        .isEqualTo(new Retry.Again(Retry.MOST_DELAY));
    assertThat(Retry.expired(0, Duration.ofDays(9))).as("while it works, none does").isFalse();
  }

  @Test
  void globsMatchWholeReasonsAndNeverTakeLong() {
    assertThat(Wish.matches("deployment_*", "deployment_created")).isTrue();
    assertThat(Wish.matches("*_failed", "instance_failed")).isTrue();
    assertThat(Wish.matches("instance_??iled", "instance_failed")).isTrue();
    assertThat(Wish.matches("*", "")).isTrue();
    assertThat(Wish.matches("instance", "instance_failed")).isFalse();
    assertThat(Wish.matches("a*b*c", "a_b_b")).isFalse();
    assertThat(Wish.matches("?", "")).isFalse();
    assertThat(Wish.matches("*?".repeat(50) + "x", "a".repeat(200))).isFalse();
    assertThat(Wish.isGlob("x y")).isFalse();
  }
}
