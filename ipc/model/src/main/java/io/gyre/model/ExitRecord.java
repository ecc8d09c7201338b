package io.gyre.model;

import java.time.Instant;
import java.util.List;

/**
 * How a main process ended.
 *
 * @param code exit status; 128 + signal where a signal ended it
 * @param lastLines the last lines it printed, oldest first, at most 20
 */
public record ExitRecord(int code, Instant at, List<String> lastLines) {
  public ExitRecord {
    lastLines = List.copyOf(lastLines);
  }

  /** The signal that ended it, or 0. */
  public int signal() {
    return code > 128 && code < 128 + 65 ? code - 128 : 0;
  }
}
