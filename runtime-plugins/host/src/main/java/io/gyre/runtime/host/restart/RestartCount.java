package io.gyre.runtime.host.restart;

import io.gyre.runtime.spi.RestartPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * How often an instance was started again, and how its last run ended; what is kept over restarts
 * of the host.
 *
 * @param restarts in place since it was made
 * @param row restarts in a row, each after less than the policy's resetAfter but the first
 * @param failures early ends in a row, and starts that failed
 * @param endedRun when the run began whose end is counted in here; null: none yet
 * @param exitCode of that run; null where none has ended
 * @param exitAt when it ended
 * @param nextStartAt when the next start is due; null where it runs
 */
public record RestartCount(
    long restarts,
    int row,
    int failures,
    @Nullable Instant endedRun,
    @Nullable Integer exitCode,
    @Nullable Instant exitAt,
    @Nullable Instant nextStartAt) {
  public static final RestartCount NONE = new RestartCount(0, 0, 0, null, null, null, null);

  private static final int MOST_DOUBLINGS = 30;

  /** A run ended by itself; the next start is the next of the row. */
  RestartCount ended(@Nullable Instant startedAt, Instant at, int code, RestartPolicy policy) {
    boolean stable =
        startedAt != null && Duration.between(startedAt, at).compareTo(policy.resetAfter()) >= 0;
    return new RestartCount(
        restarts,
        stable ? 1 : row + 1,
        stable ? 0 : failures + 1,
        startedAt,
        code,
        at,
        nextStartAt);
  }

  /** A start in place was tried and failed. */
  RestartCount startFailed() {
    return new RestartCount(restarts, row + 1, failures + 1, endedRun, exitCode, exitAt, null);
  }

  RestartCount started() {
    return new RestartCount(restarts + 1, row, failures, endedRun, exitCode, exitAt, null);
  }

  /** The start that was due was none: it had been started, and that is counted. */
  RestartCount runs() {
    return new RestartCount(restarts, row, failures, endedRun, exitCode, exitAt, null);
  }

  /** It ran long enough, or was started anew as asked for. */
  RestartCount reset() {
    return new RestartCount(restarts, 0, 0, endedRun, exitCode, exitAt, null);
  }

  RestartCount due(Instant at) {
    return new RestartCount(restarts, row, failures, endedRun, exitCode, exitAt, at);
  }

  /**
   * Before the start that comes next.
   *
   * @param chance from 0 to 1, for the jitter
   */
  Duration delay(RestartPolicy policy, double chance) {
    if (row <= 1) {
      return Duration.ZERO;
    }
    Duration delay = policy.initialDelay().multipliedBy(1L << Math.min(row - 2, MOST_DOUBLINGS));
    if (delay.compareTo(policy.maxDelay()) > 0) {
      delay = policy.maxDelay();
    }
    double factor = 1 + policy.jitter() * (2 * chance - 1);
    return Duration.ofNanos((long) (delay.toNanos() * factor));
  }

  String text() {
    StringBuilder text = new StringBuilder();
    line(text, "restarts", restarts);
    line(text, "row", row);
    line(text, "failures", failures);
    line(text, "ended_run", endedRun);
    line(text, "exit_code", exitCode);
    line(text, "exit_at", exitAt);
    line(text, "next_start_at", nextStartAt);
    return text.toString();
  }

  private static void line(StringBuilder text, String key, @Nullable Object value) {
    if (value != null) {
      text.append(key).append('=').append(value).append('\n');
    }
  }

  /**
   * @throws RuntimeException where it isn't what {@link #text} made
   */
  static RestartCount parse(Properties values) {
    String code = values.getProperty("exit_code");
    return new RestartCount(
        Long.parseLong(values.getProperty("restarts", "0")),
        Integer.parseInt(values.getProperty("row", "0")),
        Integer.parseInt(values.getProperty("failures", "0")),
        instant(values, "ended_run"),
        code == null ? null : Integer.valueOf(code),
        instant(values, "exit_at"),
        instant(values, "next_start_at"));
  }

  private static @Nullable Instant instant(Properties values, String key) {
    String text = values.getProperty(key);
    return text == null ? null : Instant.parse(text);
  }
}
