package io.gyre.api.http;

import java.time.Duration;

/**
 * How long things are waited for.
 *
 * @param idle after which a quiet connection ends, and one that doesn't read what it is sent
 * @param head for the head of a request, from its first byte
 * @param body for a body, besides what its length allows
 * @param heartbeat between signs of life on a quiet stream; shorter than {@code idle}
 * @param host for the runtime host to connect to a stream
 */
public record Timeouts(
    Duration idle, Duration head, Duration body, Duration heartbeat, Duration host) {
  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          Duration.ofSeconds(10),
          Duration.ofSeconds(15),
          Duration.ofSeconds(5));
}
