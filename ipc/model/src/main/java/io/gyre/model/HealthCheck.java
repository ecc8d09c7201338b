package io.gyre.model;

import java.time.Duration;
import java.util.List;

/**
 * A probe of every instance of a deployment.
 *
 * @param interval between the end of one probe and the start of the next
 * @param timeout after which a probe counts as failed
 * @param threshold failures in a row before {@code onFailure} acts, at least 1
 * @param readiness whether an instance is ready only while this check succeeds
 * @param minHealthyTime how long a readiness check must have succeeded before the instance counts
 *     as ready
 * @param startPeriod after a start, failures in this time do not count
 */
public record HealthCheck(
    Probe probe,
    Duration interval,
    Duration timeout,
    int threshold,
    OnFailure onFailure,
    boolean readiness,
    Duration minHealthyTime,
    Duration startPeriod) {

  /** What is probed. A port of 0 means the instance's own port ({@code PORT}). */
  public sealed interface Probe {
    /** A connection to this port of the instance succeeds. */
    record Tcp(int port) implements Probe {}

    /** GET answers 2xx. {@code localhost} in the URL is the instance. */
    record Http(String url) implements Probe {}

    /** The command, run inside the instance, exits 0. */
    record Command(List<String> command) implements Probe {
      public Command {
        command = List.copyOf(command);
      }
    }
  }

  public enum OnFailure {
    RESTART,
    STOP,
    ALERT
  }
}
