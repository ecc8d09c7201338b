package io.gyre.api.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BucketsTest {
  private final Buckets buckets = new Buckets(() -> 10);
  private long now = TimeUnit.DAYS.toNanos(1);

  private int taken(String key, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += buckets.take(key, now).isEmpty() ? 1 : 0;
    }
    return taken;
  }

  @Test
  void aBurstAndThenTheRate() {
    assertThat(taken("ann", 500)).isEqualTo(10 * Buckets.BURST_SECONDS);
    assertThat(buckets.take("ann", now)).contains(Duration.ofMillis(100));
    now += TimeUnit.SECONDS.toNanos(2);
    assertThat(taken("ann", 500)).isEqualTo(20);
    now += TimeUnit.DAYS.toNanos(2);
    assertThat(taken("ann", 500)).isEqualTo(10 * Buckets.BURST_SECONDS);
  }

  @Test
  void nobodyPaysForOthers() {
    taken("ann", 500);
    assertThat(buckets.take("ben", now)).isEmpty();
  }

  @Test
  void moreKeysThanThereIsRoomForShareOneBucket() {
    for (int i = 0; i < Buckets.MOST; i++) {
      assertThat(buckets.take("stranger " + i, now)).isEmpty();
    }
    int taken = 0;
    for (int i = 0; i < 10_000; i++) {
      taken += taken("other " + i, 1);
    }
    assertThat(taken).isEqualTo(10 * Buckets.BURST_SECONDS);
    // Once the first are full again they make room.
    now += TimeUnit.SECONDS.toNanos(1);
    assertThat(taken("ann", 50)).isEqualTo(50);
  }
}
