package io.gyre.api.problem;

import java.time.Duration;

/** Comes too fast; answered with the time to wait in {@code Retry-After}. */
public final class TooManyRequests extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long seconds;

  public TooManyRequests(String message, Duration wait) {
    super(message);
    seconds = Math.max(1, wait.plusMillis(999).toSeconds());
  }

  /** To wait, at least 1. */
  long seconds() {
    return seconds;
  }
}
