package io.gyre.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HealthRestartTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final HealthRestart NONE = HealthRestart.none(new InstanceId("web-a"));

  private static HealthRestart after(HealthRestart before, Duration passed) {
    return before.unhealthy(NOW, passed, "503", NOW, 0.5);
  }

  @Test
  void theFirstIsDueAtOnceAndTheOthersBackOff() {
    List<Duration> waits = new ArrayList<>();
    HealthRestart row = NONE;
    for (int i = 0; i < 12; i++) {
      row = after(row, Duration.ofSeconds(59));
      waits.add(Duration.between(NOW, row.dueAt()));
      row = row.begin().done();
    }
    assertThat(waits.stream().map(Duration::toSeconds))
        .containsExactly(0L, 1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L);
    assertThat(row.restarts()).isEqualTo(12);
    assertThat(HealthRestart.delay(200, 1)).isEqualTo(Duration.ofSeconds(330));
    assertThat(HealthRestart.delay(200, 0)).isEqualTo(Duration.ofSeconds(270));
  }

  @Test
  void aCheckThatPassedForAMinuteBeginsANewRow() {
    HealthRestart row = after(after(after(NONE, Duration.ZERO), Duration.ZERO), Duration.ZERO);
    assertThat(row.row()).isEqualTo(3);
    HealthRestart next = after(row, Duration.ofMinutes(1));
    assertThat(next.row()).isEqualTo(1);
    assertThat(next.dueAt()).isEqualTo(NOW);
  }

  @Test
  void whatIsCalledOffIsNotCounted() {
    HealthRestart first = after(NONE, Duration.ZERO).begin().done();
    HealthRestart off = after(first, Duration.ZERO).calledOff();
    assertThat(off).isEqualTo(first);
  }

  @Test
  void itConcernsOneRunOnly() {
    HealthRestart asked = after(NONE, Duration.ZERO);
    assertThat(asked.concerns(NOW.plusNanos(1))).as("the store keeps milliseconds").isTrue();
    assertThat(asked.concerns(NOW.plusMillis(1))).isFalse();
    assertThat(asked.concerns(null)).isFalse();
    assertThat(asked.begin().concerns(NOW)).isTrue();
    assertThat(asked.begin().done().concerns(NOW)).isFalse();
  }
}
