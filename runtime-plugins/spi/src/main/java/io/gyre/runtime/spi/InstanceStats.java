package io.gyre.runtime.spi;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ability to say what running instances use. */
public interface InstanceStats {
  /**
   * What these instances use now. The host asks for all that run in one call, every few seconds, so
   * it must cost little: a thousand instances some tens of milliseconds, without a process, and
   * without a question to the engine, for each. It may block, for 10 s at most.
   *
   * @param ids may hold some that don't run, or are gone
   * @return at most one for each; those that don't run, or of which nothing can be told, are left
   *     out
   */
  List<Usage> usage(Set<String> ids) throws RuntimeFailure;

  /**
   * @param at when it was read
   * @param origin what the counters count from: with another value than before they began at zero
   *     again, as with a new main process. While it stays, one that is lower than before is taken
   *     for unchanged until it is higher
   * @param cpuNanos processor time of all its processes, user and system, since the origin
   * @param memoryBytes what can't be taken from it without harm: its memory without the part of the
   *     page cache that isn't in use; or the resident memory of all its processes
   * @param receivedBytes over the network since the origin; null where it has no network of its own
   * @param sentBytes likewise
   */
  record Usage(
      String id,
      Instant at,
      long origin,
      long cpuNanos,
      long memoryBytes,
      @Nullable Long receivedBytes,
      @Nullable Long sentBytes) {}
}
