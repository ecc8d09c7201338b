package io.gyre.runtime.spi;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A connected runtime. The host calls it, from several threads at once, each of them a platform
 * thread of this plugin's own; for one instance id it makes one of start, stop and remove at a
 * time, except that a call which the host no longer waits for may still be running when the next
 * comes. Every method but {@link #subscribe}, {@link #ability} and {@link #close} may block, up to
 * the host's deadline: 30 min for the first start, 2 min for a start in place, the grace and
 * another minute for a stop, 30 s for a list. A call that is late is interrupted, and counts as
 * failed with {@link RuntimeFailure.Kind#TIMEOUT}.
 *
 * <p>All of it is idempotent: the host may repeat any call after a crash, and a call that finds its
 * work done answers as if it had done it. Whatever a call had begun when this JVM died must be
 * found by the next {@link #list}, or never have happened.
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
   * <p>Called for what is to be new, for what was told to stop and is wanted again, and, without
   * {@link Capability#SELF_RESTART}, for each restart in place. In the last case the host may know
   * no more of the instance than its status: the spec is then of an empty container, so what an
   * existing instance runs is never taken from the spec, nor refused for it.
   *
   * <p>After a failure nothing of a new instance is left, except what {@link #list} shows. While it
   * is being started, a new or a stopped instance is never reported as EXITED: that would be
   * counted as a crash.
   *
   * @throws RuntimeFailure UNSUPPORTED where the spec needs what isn't announced; INVALID where it
   *     can't ever work as it is
   */
  InstanceStatus start(InstanceSpec spec) throws RuntimeFailure;

  /**
   * Ends the main process and all its children: the spec's stop signal, its grace, then SIGKILL. It
   * stays stopped until started, over the death of the host and of the machine. Returns once all
   * are gone. Unknown ids are fine and answer with an empty result. From its begin on an end is
   * shown as STOPPED, never as EXITED.
   */
  Optional<InstanceStatus> stop(String id) throws RuntimeFailure;

  /**
   * Stops if need be and removes all that belongs to the instance, except named volumes. Unknown
   * ids are fine. Where it fails or dies half way, {@link #list} still shows the instance, and
   * another call ends the work; or it is gone, and the plugin clears the rest away by itself.
   */
  void remove(String id) throws RuntimeFailure;

  /**
   * All instances of this host, of every state, whoever started them: those that carry {@link
   * RuntimeContext#hostId}, or lie in its state directory. Called when a version of the plugin
   * begins to serve and whenever the host has to be sure; concurrently with all else. Never an
   * empty or partial answer for want of an answer from the engine: that is a {@link
   * RuntimeFailure}.
   */
  List<InstanceStatus> list() throws RuntimeFailure;

  /**
   * Calls the listener with the new status after every change of any instance, whatever caused it.
   * After a gap in the engine's events the plugin lists and reports what it missed. Order is kept
   * per instance; the listener is quick and does not throw. It is called on any thread of the
   * plugin's, also from within a call of start, stop or remove, and before this returns. Called
   * once by the host, after {@link RuntimePlugin#open}; does not block.
   */
  Subscription subscribe(Consumer<RuntimeEvent> listener);

  /**
   * An ability of its own interface, such as {@link InstanceLogs}; empty where not announced, and
   * for any type that is unknown here. Does not block; asked for each use.
   */
  <T> Optional<T> ability(Class<T> type);

  /**
   * Lets go of everything without touching a workload. Returns within 1 s; running calls, and all
   * that are made afterwards, fail with {@link RuntimeFailure.Kind#UNAVAILABLE}. Called once by the
   * host, on a thread of its own, when another version serves or the process ends; a second call
   * does nothing. It isn't called where the process is killed.
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
