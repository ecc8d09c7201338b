package io.gyre.api.door;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * A token bucket per key: so many per second in the long run, and {@value #BURST_SECONDS} seconds'
 * worth at once. Bounded: beyond {@value #MOST} keys, those that aren't full share one bucket. Any
 * thread.
 */
public final class Buckets {
  static final int MOST = 4096;
  static final int BURST_SECONDS = 10;
  private static final String SHARED = "";

  private static final class Bucket {
    double left;
    long at;
  }

  private final IntSupplier perSecond;
  private final Map<String, Bucket> buckets = new HashMap<>();

  /**
   * @param perSecond asked anew each time
   */
  public Buckets(IntSupplier perSecond) {
    this.perSecond = perSecond;
  }

  /**
   * Takes one.
   *
   * @param now nanoseconds of a clock that never goes back
   * @return empty: taken; else how long to wait for one
   */
  public synchronized Optional<Duration> take(String key, long now) {
    int rate = perSecond.getAsInt();
    double most = (double) rate * BURST_SECONDS;
    Bucket bucket = buckets.get(key);
    if (bucket == null) {
      if (buckets.size() >= MOST) {
        buckets.values().removeIf(each -> filled(each, rate, most, now) >= most);
      }
      String place = buckets.size() >= MOST ? SHARED : key;
      bucket = buckets.computeIfAbsent(place, _ -> full(most, now));
    }
    bucket.left = filled(bucket, rate, most, now);
    bucket.at = now;
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos((long) ((1 - bucket.left) / rate * 1e9)));
  }

  private static Bucket full(double most, long now) {
    Bucket bucket = new Bucket();
    bucket.left = most;
    bucket.at = now;
    return bucket;
  }

  private static double filled(Bucket bucket, int rate, double most, long now) {
    return Math.min(most, bucket.left + (now - bucket.at) / 1e9 * rate);
  }
}
