package io.gyre.runtime.host.instance;

import io.gyre.model.DeploymentKey;
import io.gyre.runtime.host.restart.Timers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much is done at once: so many commands in all, so many starts per runtime and per deployment,
 * and apart from them so many restarts in place.
 *
 * <p>What takes long waits for something outside, such as the pull of an image: after {@link #SLOW}
 * it lends its turn to the next, so that it delays nobody else. No more than {@link #SLOW_AT_MOST}
 * do so at a time, since each keeps a thread of its plugin.
 */
final class Turns {
  static final Duration SLOW = Duration.ofSeconds(2);
  static final int SLOW_AT_MOST = 256;
  static final int COMMANDS = 64;
  static final int STARTS_PER_RUNTIME = 16;

  /** Less than a runtime's, so that one deployment alone never takes all of them. */
  static final int STARTS_PER_DEPLOYMENT = 8;

  private static final int RESTARTS_IN_PLACE = 32;

  private final Timers timers;
  private final Semaphore commands = new Semaphore(COMMANDS, true);
  private final Semaphore restarts = new Semaphore(RESTARTS_IN_PLACE, true);
  private final Semaphore slow = new Semaphore(SLOW_AT_MOST);
  private final Map<String, Semaphore> runtimes = new ConcurrentHashMap<>();
  private final Map<DeploymentKey, Gate> deployments = new ConcurrentHashMap<>();

  Turns(Timers timers) {
    this.timers = timers;
  }

  /** Of one deployment; kept while anybody waits for it or is within. */
  private static final class Gate {
    final Semaphore starts = new Semaphore(STARTS_PER_DEPLOYMENT, true);
    int users;
  }

  /** Null: cancelled while it waited. */
  <T> @Nullable T start(
      Mailbox.Task task,
      String runtime,
      DeploymentKey deployment,
      Supplier<? extends @Nullable T> work) {
    Semaphore own =
        runtimes.computeIfAbsent(runtime, name -> new Semaphore(STARTS_PER_RUNTIME, true));
    Gate gate = enter(deployment);
    try {
      if (!task.acquire(gate.starts)) {
        return null;
      }
      try {
        return lending(task, own, () -> lending(task, commands, work));
      } finally {
        gate.starts.release();
      }
    } finally {
      leave(deployment);
    }
  }

  private Gate enter(DeploymentKey deployment) {
    return deployments.compute(
        deployment,
        (key, known) -> {
          Gate gate = known == null ? new Gate() : known;
          gate.users++;
          return gate;
        });
  }

  private void leave(DeploymentKey deployment) {
    deployments.computeIfPresent(deployment, (key, gate) -> --gate.users == 0 ? null : gate);
  }

  /** Null: cancelled while it waited. */
  <T> @Nullable T command(Mailbox.Task task, Supplier<? extends @Nullable T> work) {
    return lending(task, commands, work);
  }

  /** Null: cancelled while it waited. */
  <T> @Nullable T restartInPlace(Mailbox.Task task, Supplier<? extends @Nullable T> work) {
    return lending(task, restarts, work);
  }

  private <T> @Nullable T lending(
      Mailbox.Task task, Semaphore turns, Supplier<? extends @Nullable T> work) {
    if (!task.acquire(turns)) {
      return null;
    }
    Turn turn = new Turn(turns);
    Timers.Timer late = timers.after(SLOW, turn::lend);
    try {
      return work.get();
    } finally {
      late.cancel();
      turn.end();
    }
  }

  /** One that was taken, and is given back once: when it is lent or when it ends. */
  private final class Turn {
    private final Semaphore turns;
    private boolean lent;
    private boolean ended;

    Turn(Semaphore turns) {
      this.turns = turns;
    }

    synchronized void lend() {
      if (!ended && slow.tryAcquire()) {
        lent = true;
        turns.release();
      }
    }

    synchronized void end() {
      ended = true;
      (lent ? slow : turns).release();
    }
  }
}
