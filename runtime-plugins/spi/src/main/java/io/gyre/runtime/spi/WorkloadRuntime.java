package io.gyre.runtime.spi;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A connected runtime. Every method may be called from several threads at once and may block; for
 * one instance id the host makes one of start, stop and remove at a time.
 *
 * <p>All of it is idempotent: the host may repeat any call after a crash, and a call that finds its
 * work done answers as if it had done it.
 *
 * <pre>
 *            start              ends by itself
 *  (none) ─────────▶ RUNNING ───────────────▶ BACKING_OFF / EXITED
 *    ▲                │    ▲                        │ start (or its own restart)
 *    │ remove         │stop└────────────────────────┘
 *    └──── STOPPED ◀──┘
 * </pre>
 */
public interface WorkloadRuntime extends AutoCloseable {
  /**
   * Makes what is missing of the instance and runs it. An instance that runs, or is backing off, is
   * left alone (its restart policy is updated); one that has stopped or exited is started again as
   * it was made. Returns when the main process has been started, or has failed to.
   *
   * <p>After a failure nothing of a new instance is left, except what {@link #list} shows.
   */
  InstanceStatus start(InstanceSpec spec) throws RuntimeFailure;

  /**
   * Ends the main process and all its children: the spec's stop signal, its grace, then SIGKILL. It
   * stays stopped until started. Returns once all are gone. Unknown ids are fine and answer with an
   * empty result.
   */
  Optional<InstanceStatus> stop(String id) throws RuntimeFailure;

  /**
   * Stops if need be and removes all that belongs to the instance, except named volumes. Unknown
   * ids are fine.
   */
  void remove(String id) throws RuntimeFailure;

  /**
   * All instances of this host, of every state, whoever started them. Never an empty or partial
   * answer for want of an answer from the engine: that is a {@link RuntimeFailure}.
   */
  List<InstanceStatus> list() throws RuntimeFailure;

  /**
   * Calls the listener with the new status after every change of any instance, whatever caused it.
   * After a gap in the engine's events the plugin lists and reports what it missed. Order is kept
   * per instance; the listener is quick and does not throw.
   */
  Subscription subscribe(Consumer<RuntimeEvent> listener);

  /** An ability of its own interface, such as {@link InstanceLogs}; empty where not announced. */
  <T> Optional<T> ability(Class<T> type);

  /**
   * Lets go of everything without touching a workload. Returns within 1 s; running calls fail with
   * {@link RuntimeFailure.Kind#UNAVAILABLE}.
   *
   * @param handOver whether no other generation follows at once, so that supervision should go to
   *     the engine itself as far as it can
   */
  void close(boolean handOver);

  @Override
  default void close() {
    close(false);
  }

  /** Ends a subscription; no call is made after it returns. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
