package io.gyre.model;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
 * @param successThreshold successes in a row before a check that failed counts as passing, at least
 *     1
 * @param startup whether no other check begins before this one has succeeded; then it is done
 */
public record HealthCheck(
    Probe probe,
    Duration interval,
    Duration timeout,
    int threshold,
    OnFailure onFailure,
    boolean readiness,
    Duration minHealthyTime,
    Duration startPeriod,
    int successThreshold,
    boolean startup) {

  /** With one success that is enough, and for as long as the instance runs. */
  public HealthCheck(
      Probe probe,
      Duration interval,
      Duration timeout,
      int threshold,
      OnFailure onFailure,
      boolean readiness,
      Duration minHealthyTime,
      Duration startPeriod) {
    this(
        probe,
        interval,
        timeout,
        threshold,
        onFailure,
        readiness,
        minHealthyTime,
        startPeriod,
        1,
        false);
  }

  /** What is probed. A port of 0 means the instance's own port ({@code PORT}). */
  public sealed interface Probe {
    /** A connection to this port of the instance succeeds. */
    record Tcp(int port) implements Probe {}

    /**
     * A request is answered as expected. {@code localhost} in the URL is the instance; certificates
     * are not verified.
     *
     * @param headers kept in order of the names
     * @param expectedStatus codes and ranges, as in {@code 200-299,304}
     */
    record Http(String url, String method, Map<String, String> headers, String expectedStatus)
        implements Probe {
      public static final String SUCCESS = "200-299";

      public Http {
        headers = Collections.unmodifiableMap(new TreeMap<>(headers));
      }

      /** GET answers 2xx. */
      public Http(String url) {
        this(url, "GET", Map.of(), SUCCESS);
      }

      public boolean expects(int status) {
        for (String part : expectedStatus.split(",", -1)) {
          int dash = part.indexOf('-');
          int from = Integer.parseInt((dash < 0 ? part : part.substring(0, dash)).strip());
          int to = dash < 0 ? from : Integer.parseInt(part.substring(dash + 1).strip());
          if (status >= from && status <= to) {
            return true;
          }
        }
        return false;
      }
    }

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
