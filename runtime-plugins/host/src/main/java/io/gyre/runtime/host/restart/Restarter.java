package io.gyre.runtime.host.restart;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.Exit;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Restarts instances in place for runtimes that don't do so themselves, as {@link RestartPolicy}
 * says. Any thread; nothing here blocks.
 *
 * <pre>
 *             ended          start issued          running
 *  WATCHING ─────────▶ DUE ──────────────▶ STARTING ───────▶ WATCHING
 *     │                 ▲                      │ failed
 *     │ hold            └──────────────────────┘
 *     └──────▶ HELD ──release──▶ WATCHING
 * </pre>
 *
 * A hold is for the time in which the instance is told to stop: what ends then isn't restarted.
 */
public final class Restarter {
  public static final int LOOPING = 3;

  private enum Phase {
    WATCHING,
    DUE,
    STARTING,
    HELD
  }

  private static final class Supervised {
    RestartCount count;
    RestartPolicy policy;
    Phase phase = Phase.WATCHING;
    List<String> lastLines = List.of();
    @Nullable String failure;

    /** When the run began whose start was counted last, since an older end may be seen after it. */
    @Nullable Instant countedRun;

    boolean away;
    Timers.@Nullable Timer timer;
    Timers.@Nullable Timer stability;
    boolean saving;
    volatile boolean forgotten;

    Supervised(RestartCount count, RestartPolicy policy) {
      this.count = count;
      this.policy = policy;
    }

    void cancelTimers() {
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
      if (stability != null) {
        stability.cancel();
        stability = null;
      }
    }
  }

  private final InstanceFiles files;
  private final Timers timers;
  private final Clock clock;
  private final RandomGenerator random;
  private final Consumer<String> start;
  private final Consumer<String> changed;
  private final Executor saver;
  private final Map<String, Supervised> supervised = new ConcurrentHashMap<>();

  /**
   * @param start begins a start in place, at once and without blocking; it is answered with {@link
   *     #startSucceeded} or {@link #startFailed}
   * @param changed told when what {@link #overlay} says of an instance changed by itself
   * @param saver runs what writes files
   */
  public Restarter(
      InstanceFiles files,
      Timers timers,
      Clock clock,
      RandomGenerator random,
      Consumer<String> start,
      Consumer<String> changed,
      Executor saver) {
    this.files = files;
    this.timers = timers;
    this.clock = clock;
    this.random = random;
    this.start = start;
    this.changed = changed;
    this.saver = saver;
  }

  private Supervised of(String id) {
    return supervised.computeIfAbsent(
        id,
        unknown ->
            new Supervised(
                files.count(unknown).orElse(RestartCount.NONE),
                files.runsOnce(unknown) ? RestartPolicy.NEVER : RestartPolicy.WORKER));
  }

  /** The policy that the instance was started with. */
  public void policy(String id, RestartPolicy policy) {
    Supervised one = of(id);
    synchronized (one) {
      one.policy = policy;
    }
  }

  /**
   * Its runtime says that it is so. Where it ended by itself and no wait is due, the start has
   * begun before this returns.
   *
   * @return whether this is the end of a run that wasn't known before
   */
  public boolean observed(InstanceStatus status) {
    Supervised one = of(status.id());
    boolean begin = false;
    boolean news = false;
    synchronized (one) {
      switch (status.state()) {
        case RUNNING -> running(status, one);
        case EXITED -> {
          if (one.phase == Phase.WATCHING) {
            news = !isCounted(one.count, status);
            begin = ended(status, one, news);
          }
        }
        case STARTING, BACKING_OFF, STOPPED -> {}
      }
    }
    if (begin) {
      start.accept(status.id());
    }
    return news;
  }

  private static boolean isCounted(RestartCount count, InstanceStatus status) {
    Exit exit = status.lastExit();
    return count.exitCode() != null
        && Objects.equals(count.endedRun(), status.startedAt())
        && (exit == null || Objects.equals(count.exitAt(), exit.at()));
  }

  /** Returns whether to start at once. */
  private boolean ended(InstanceStatus status, Supervised one, boolean news) {
    Exit exit = status.lastExit();
    int code = exit == null ? 0 : exit.code();
    if (news) {
      Instant at = exit == null ? clock.instant() : exit.at();
      one.count = one.count.ended(status.startedAt(), at, code, one.policy);
      one.lastLines = exit == null ? List.of() : exit.lastLines();
    }
    one.failure = null;
    one.cancelTimers();
    boolean wanted =
        switch (one.policy.mode()) {
          case ALWAYS -> true;
          case ON_FAILURE -> code != 0;
          case NEVER -> false;
        };
    if (!wanted) {
      return false;
    }
    Instant due = one.count.nextStartAt();
    Duration delay =
        news || due == null
            ? one.count.delay(one.policy, random.nextDouble())
            : atMost(longest(one.policy), Duration.between(clock.instant(), due));
    return schedule(status.id(), one, delay);
  }

  private static Duration longest(RestartPolicy policy) {
    return policy.maxDelay().plus(policy.maxDelay().dividedBy(2));
  }

  /** The times compared may be of before and after the clock was set back. */
  private static Duration atMost(Duration limit, Duration wait) {
    return wait.compareTo(limit) > 0 ? limit : wait;
  }

  private boolean schedule(String id, Supervised one, Duration delay) {
    one.cancelTimers();
    Instant now = clock.instant();
    if (!delay.isPositive()) {
      one.phase = Phase.STARTING;
      one.count = one.count.due(now);
      return true;
    }
    one.phase = Phase.DUE;
    one.count = one.count.due(now.plus(delay));
    one.timer = timers.after(delay, () -> due(id, one));
    save(id, one);
    return false;
  }

  private void due(String id, Supervised one) {
    synchronized (one) {
      if (one.phase != Phase.DUE) {
        return;
      }
      one.phase = Phase.STARTING;
      one.timer = null;
    }
    start.accept(id);
  }

  private void running(InstanceStatus status, Supervised one) {
    if (one.phase == Phase.DUE) {
      // Started by somebody else, or by a command.
      one.cancelTimers();
      one.phase = Phase.WATCHING;
    }
    Instant exitAt = one.count.exitAt();
    Instant startedAt = status.startedAt();
    if (one.phase == Phase.WATCHING
        && one.count.nextStartAt() != null
        && exitAt != null
        && startedAt != null
        && startedAt.isAfter(exitAt)) {
      // The host ended between the start and its record.
      one.count = one.count.started();
      one.countedRun = startedAt;
      save(status.id(), one);
    }
    watchStability(status.id(), one, startedAt);
  }

  private void watchStability(String id, Supervised one, @Nullable Instant startedAt) {
    if (one.count.failures() == 0 || one.stability != null) {
      return;
    }
    Instant since = startedAt == null ? clock.instant() : startedAt;
    Duration left =
        atMost(
            one.policy.resetAfter(),
            Duration.between(clock.instant(), since.plus(one.policy.resetAfter())));
    if (!left.isPositive()) {
      one.count = one.count.reset();
      save(id, one);
    } else {
      one.stability = timers.after(left, () -> stable(id, one));
    }
  }

  private void stable(String id, Supervised one) {
    synchronized (one) {
      one.stability = null;
      if (one.phase != Phase.WATCHING || one.forgotten) {
        return;
      }
      one.count = one.count.reset();
      save(id, one);
    }
    changed.accept(id);
  }

  /** The start in place that was begun has ended well. */
  public void startSucceeded(InstanceStatus status) {
    Supervised one = of(status.id());
    synchronized (one) {
      if (one.phase == Phase.STARTING) {
        one.phase = Phase.WATCHING;
        one.failure = null;
        one.count = isCounted(one, status) ? one.count.runs() : one.count.started();
        one.countedRun = status.startedAt();
        save(status.id(), one);
      }
    }
    // It may have ended again while STARTING kept its end from being looked at.
    observed(status);
  }

  /** The start in place that was begun has failed; it is tried again. */
  public void startFailed(String id, GyreException failure) {
    Supervised one = of(id);
    boolean begin = false;
    synchronized (one) {
      if (one.phase == Phase.STARTING) {
        one.failure = failure.getMessage();
        one.away = failure.kind() == ErrorKind.UNAVAILABLE;
        one.count = one.count.startFailed();
        begin = schedule(id, one, one.count.delay(one.policy, random.nextDouble()));
      }
    }
    if (begin) {
      start.accept(id);
    }
  }

  /** Whether the start of the run that the status tells of was counted before. */
  private static boolean isCounted(Supervised one, InstanceStatus status) {
    return status.startedAt() != null && status.startedAt().equals(one.countedRun);
  }

  /** The start in place was begun but isn't wanted any more. */
  public void startAbandoned(String id) {
    Supervised one = of(id);
    synchronized (one) {
      if (one.phase == Phase.STARTING) {
        one.phase = Phase.WATCHING;
      }
    }
  }

  /** Its engine is back: what waited for that is started at once. */
  public void engineBack(String id) {
    Supervised one = of(id);
    synchronized (one) {
      if (one.phase != Phase.DUE || !one.away) {
        return;
      }
      one.cancelTimers();
      one.phase = Phase.STARTING;
    }
    start.accept(id);
  }

  /** Whether a start in place is due or under way. */
  public boolean restarting(String id) {
    Supervised one = of(id);
    synchronized (one) {
      return one.phase == Phase.DUE || one.phase == Phase.STARTING;
    }
  }

  public void hold(String id) {
    Supervised one = of(id);
    synchronized (one) {
      one.cancelTimers();
      one.phase = Phase.HELD;
    }
  }

  /**
   * Ends a hold.
   *
   * @param anew whether it was started as asked for, so that the count of failures begins anew
   */
  public void release(String id, boolean anew) {
    Supervised one = of(id);
    synchronized (one) {
      if (one.phase == Phase.HELD) {
        one.phase = Phase.WATCHING;
      }
      if (anew) {
        one.count = one.count.reset();
        one.failure = null;
        save(id, one);
      }
    }
  }

  /** What it printed last before the end that was counted last. */
  public void lastLines(String id, List<String> lines) {
    Supervised one = of(id);
    synchronized (one) {
      one.lastLines = List.copyOf(lines);
    }
  }

  public void forget(String id) {
    Supervised one = supervised.remove(id);
    if (one != null) {
      synchronized (one) {
        one.cancelTimers();
        one.phase = Phase.HELD;
        one.forgotten = true;
      }
    }
    files.forget(id);
  }

  /** What the runtime says of it, with what is known here of its restarts. */
  public InstanceStatus overlay(InstanceStatus status) {
    Supervised one = of(status.id());
    synchronized (one) {
      RestartCount count = one.count;
      boolean ended = status.state() == State.EXITED;
      // The event of a start comes before the start itself has ended.
      boolean justStarted =
          one.phase == Phase.STARTING && status.state() == State.RUNNING && !isCounted(one, status);
      State state = status.state();
      Instant next = null;
      String reason = status.reason();
      if (ended && one.phase == Phase.DUE) {
        state = State.BACKING_OFF;
        next = count.nextStartAt();
        reason = one.failure == null ? reason : one.failure;
      } else if (ended && one.phase == Phase.STARTING) {
        state = State.STARTING;
        reason = "restarting";
      }
      return new InstanceStatus(
          status.id(),
          status.namespace(),
          status.deployment(),
          status.revision(),
          status.fingerprint(),
          state,
          status.pid(),
          status.handle(),
          status.address(),
          status.ports(),
          status.startedAt(),
          Math.max(status.restarts(), count.restarts() + (justStarted ? 1 : 0)),
          count.failures(),
          next,
          exit(status.lastExit(), one),
          reason);
    }
  }

  private static @Nullable Exit exit(@Nullable Exit seen, Supervised one) {
    Integer code = one.count.exitCode();
    Instant at = one.count.exitAt();
    if (code == null || at == null || (seen != null && seen.at().isAfter(at))) {
      return seen;
    }
    if (seen != null && seen.at().equals(at) && !seen.lastLines().isEmpty()) {
      return seen;
    }
    return new Exit(code, at, one.lastLines);
  }

  /** Writes the newest count soon, on another thread; called with the lock held. */
  private void save(String id, Supervised one) {
    if (!one.saving) {
      one.saving = true;
      saver.execute(() -> write(id, one));
    }
  }

  private void write(String id, Supervised one) {
    RestartCount written = null;
    while (true) {
      RestartCount next;
      synchronized (one) {
        next = one.count;
        if (one.forgotten || next.equals(written)) {
          one.saving = false;
          break;
        }
      }
      files.write(id, next);
      written = next;
    }
    if (one.forgotten && written != null) {
      files.forget(id);
    }
  }
}
