package io.gyre.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RestartDelayTest {
  @Test
  void growsWithEarlyEndsUpToTheCapAndStartsAnewAfterAStableRun() {
    RestartDelay delay = new RestartDelay();
    assertThat(delay.afterEnd(Duration.ofMinutes(1))).isZero();
    assertThat(delay.afterEnd(Duration.ofSeconds(1))).hasMillis(200);
    assertThat(delay.afterEnd(Duration.ofSeconds(1))).hasMillis(400);
    assertThat(delay.afterEnd(Duration.ofSeconds(1))).hasMillis(800);
    for (int i = 0; i < 100; i++) {
      assertThat(delay.afterEnd(Duration.ZERO)).isLessThanOrEqualTo(Duration.ofSeconds(30));
    }
    assertThat(delay.afterEnd(Duration.ZERO)).hasSeconds(30);
    assertThat(delay.afterEnd(RestartDelay.STABLE)).isZero();
    assertThat(delay.afterEnd(Duration.ofSeconds(1))).hasMillis(200);
  }
}
