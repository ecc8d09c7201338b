package io.gyre.runtime.spi;

import org.pf4j.ExtensionPoint;

/**
 * The entry of a plugin; has a public constructor without arguments that does no work. The host
 * makes one per load of the jar, and calls {@link #open} again only after it has failed.
 */
public interface RuntimePlugin extends ExtensionPoint {
  /**
   * Called after loading, on any thread, at most 5 s; must not block nor do I/O. Always the same
   * answer.
   */
  RuntimeDescription describe();

  /**
   * Connects to what runs the workloads and takes over every instance that an earlier generation of
   * this plugin, in this JVM or in one that died, left running. May block up to the host's deadline
   * (10 s). Must not start, stop or change any workload, except to start again what its restart
   * policy says should run: an earlier version may be serving beside it, and goes on to do so where
   * this one fails, or doesn't list all that the other does.
   *
   * @throws RuntimeFailure with {@link RuntimeFailure.Kind#UNAVAILABLE} where the engine is away;
   *     the host tries again later
   */
  WorkloadRuntime open(RuntimeContext context) throws RuntimeFailure;
}
