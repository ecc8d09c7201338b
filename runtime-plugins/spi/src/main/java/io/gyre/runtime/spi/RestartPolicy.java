package io.gyre.runtime.spi;

import java.time.Duration;

/**
 * When an instance that ended by itself is started again, in place. The first restart after a
 * stable time is immediate; the n-th in a row waits {@code initialDelay * 2^(n-2)}, at most {@code
 * maxDelay}, less or more by up to {@code jitter} of it. It is never given up.
 *
 * @param mode ALWAYS: whatever the exit code; ON_FAILURE: unless it was 0; NEVER
 * @param initialDelay before the second restart in a row
 * @param maxDelay at most 60 s by default
 * @param jitter 0 to 0.5
 * @param resetAfter a main process that lived this long starts the count anew
 */
public record RestartPolicy(
    Mode mode, Duration initialDelay, Duration maxDelay, double jitter, Duration resetAfter) {
  public static final RestartPolicy WORKER =
      new RestartPolicy(
          Mode.ALWAYS, Duration.ofMillis(500), Duration.ofSeconds(60), 0.1, Duration.ofSeconds(10));
  public static final RestartPolicy NEVER =
      new RestartPolicy(
          Mode.NEVER, Duration.ofMillis(500), Duration.ofSeconds(60), 0.1, Duration.ofSeconds(10));

  public enum Mode {
    ALWAYS,
    ON_FAILURE,
    NEVER
  }
}
