package io.gyre.runtime.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Ability to read what instances print. Kept over restarts in place; bounded; gone with {@link
 * WorkloadRuntime#remove}.
 */
public interface InstanceLogs {
  /**
   * Writes lines to the sink, oldest first, on the calling thread until there are no more, or with
   * follow until the sink says stop, the instance is removed, or the runtime closes. A sink that
   * blocks is waited for.
   */
  void read(String id, LogQuery query, Sink sink) throws RuntimeFailure;

  /**
   * @param tail only the last lines; -1: all that is kept
   * @param since only lines printed at or after it, as exact as the runtime can tell
   * @param follow goes on with new lines
   */
  record LogQuery(int tail, @Nullable Instant since, boolean follow) {}

  /**
   * @param at when it was printed; null where the runtime doesn't know
   * @param text without the line end; lines over 16 KiB come in pieces
   */
  record LogLine(Source source, @Nullable Instant at, String text) {}

  enum Source {
    STDOUT,
    STDERR
  }

  interface Sink {
    /** Returns false once no more is wanted. */
    boolean line(LogLine line);

    /** Asked at least once a second while nothing is printed. */
    boolean open();

    /** Told by {@link ResumableLogs}, at most once and last, where the sink wanted no more. */
    default void stoppedAt(String position) {}
  }
}
