package io.gyre.supervisor;

import io.gyre.component.ComponentMark;
import io.gyre.model.Component;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One component and the thread that watches it.
 *
 * <pre>
 *        lock held by another ─▶ adopt: wait for its lock ─┐
 *  begin ┤                                                 ├─▶ ended ─┬▶ back off ─▶ begin
 *        └ free ─▶ start: wait for the process ────────────┘          └▶ a successor stands by: wait for it
 * </pre>
 *
 * A restart makes the successor: it is started and has warmed up before the one that runs is told
 * to end. One that can't start is refused, and nothing has happened.
 */
final class SupervisedComponent {
  private static final Logger log = LoggerFactory.getLogger(SupervisedComponent.class);
  private static final long LOOK_MS = 5;

  /** An API may let requests in flight end. */
  private static final Duration END_LIMIT = Duration.ofSeconds(8);

  interface Reporter {
    void report(Component component, String state, long pid, String message);
  }

  /** What this process's standard input is for the component. */
  interface Listener {
    /** Before a process starts; whether it shall inherit it. */
    boolean prepare();

    /** One runs already. */
    void adopt();

    /** Of a component that has none. */
    static Listener none() {
      return new Listener() {
        @Override
        public boolean prepare() {
          return false;
        }

        @Override
        public void adopt() {}
      };
    }
  }

  /** A restart that did not come to its end; the message says how things are. */
  static final class RestartFailed extends Exception {
    private static final long serialVersionUID = 1;

    RestartFailed(String message) {
      super(message);
    }
  }

  /**
   * @param state as in its mark; {@code backing off} between an early end and the next start
   * @param ends how often it ended without being asked to, since this supervisor started
   * @param lastEnd how and when, or empty
   */
  record Status(
      Component component,
      long pid,
      String state,
      long sinceEpochMs,
      int ends,
      int earlyEnds,
      long nextStartEpochMs,
      String lastEnd,
      String message) {}

  private record Successor(Process process, Instant begin) {}

  private final Component component;
  private final ComponentProcess process;
  private final Clock clock;
  private final Listener listener;
  private final Reporter reporter;
  private final RestartDelay delay = new RestartDelay();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Semaphore startNow = new Semaphore(0);
  private final Semaphore restarting = new Semaphore(1);
  private final AtomicReference<@Nullable Successor> successor = new AtomicReference<>();
  private volatile @Nullable Process current;
  private volatile boolean retry;
  private final AtomicInteger ends = new AtomicInteger();
  private volatile int earlyEnds;
  private volatile long nextStartEpochMs;
  private volatile String lastEnd = "";

  SupervisedComponent(
      Component component,
      ComponentProcess process,
      Clock clock,
      Listener listener,
      Reporter reporter) {
    this.component = component;
    this.process = process;
    this.clock = clock;
    this.listener = listener;
    this.reporter = reporter;
  }

  Component component() {
    return component;
  }

  void start() {
    Thread.ofPlatform().daemon().name("watch-" + component.id()).start(this::watch);
  }

  private void watch() {
    while (!isStopping()) {
      Instant begin = clock.instant();
      long outLength = process.outLength();
      String end;
      boolean planned = false;
      try {
        Successor next = successor.getAndSet(null);
        if (next != null) {
          begin = next.begin();
          current = next.process();
          // Where this thread waited for the lock, the successor had it and has ended since.
          end =
              next.process().isAlive()
                  ? follow(next.process(), "restarted")
                  : "ended with code " + next.process().exitValue();
        } else if (process.lives()) {
          begin = ComponentProcess.startOf(process.pid().orElse(0L), begin);
          end = adopt();
        } else {
          end = follow(startUnlessStopping(), "started");
        }
        planned = successor.get() != null;
        String words = planned ? "" : process.wordsSince(outLength);
        end += words.isEmpty() ? "" : ": " + words;
      } catch (IOException | RuntimeException e) {
        end = "could not be started: " + e.getMessage();
      } catch (InterruptedException e) {
        return;
      }
      if (isStopping()) {
        return;
      }
      if (planned) {
        log.info("{}: {} for its successor", component.id(), end);
      } else {
        ended(end, Duration.between(begin, clock.instant()));
      }
    }
  }

  /** One that is stopped while it starts has no lock yet to be found by. */
  private Process startUnlessStopping() throws IOException {
    Process started = process.start(listener.prepare(), false);
    current = started;
    if (isStopping()) {
      started.destroy();
    }
    return started;
  }

  private void ended(String end, Duration lived) {
    if (retry) {
      retry = false;
      delay.forget();
    }
    Duration wait = delay.afterEnd(lived);
    ends.incrementAndGet();
    earlyEnds = delay.earlyEnds();
    lastEnd = end;
    String next =
        wait.isZero()
            ? "; started again"
            : "; started again in "
                + wait.toMillis()
                + " ms (early end "
                + delay.earlyEnds()
                + " in a row)";
    reporter.report(component, delay.looping() ? "crash_looping" : "ended", 0, end + next);
    nextStartEpochMs = clock.millis() + wait.toMillis();
    pause(wait);
    nextStartEpochMs = 0;
  }

  /** Waits for the end of a component that an earlier supervisor started. */
  private String adopt() throws IOException {
    reporter.report(component, "adopted", process.pid().orElse(0L), "already runs");
    listener.adopt();
    process.awaitEnd();
    return "ended";
  }

  private String follow(Process started, String how) throws InterruptedException {
    if (delay.looping()) {
      log.info("{}: {} (pid {})", component.id(), how, started.pid());
    } else {
      reporter.report(component, how, started.pid(), how);
    }
    if (!started.waitFor(RestartDelay.STABLE.toMillis(), TimeUnit.MILLISECONDS)) {
      if (delay.looping()) {
        reporter.report(component, "recovered", started.pid(), "runs again");
      }
      delay.forget();
      earlyEnds = 0;
    }
    return "ended with code " + started.waitFor();
  }

  /**
   * Replaces the process by another; one that backs off is started at once. Returns when the new
   * one is ready. One restart at a time; any thread.
   */
  String restart(Duration limit) throws RestartFailed, InterruptedException {
    if (!restarting.tryAcquire()) {
      throw new RestartFailed("another restart of it is under way");
    }
    try {
      long begin = System.nanoTime();
      long deadline = begin + limit.toNanos();
      Optional<Long> old = process.pid();
      if (old.isEmpty()) {
        return startAgain(begin, deadline);
      }
      Process next = standBy(deadline);
      long asked = System.nanoTime();
      end(old.get(), deadline);
      awaitReady(next, deadline);
      long now = System.nanoTime();
      return "pid %d instead of %d, ready %d ms after the old one was told to end, %d ms in all"
          .formatted(next.pid(), old.get(), millis(now - asked), millis(now - begin));
    } finally {
      restarting.release();
    }
  }

  private String startAgain(long begin, long deadline) throws RestartFailed, InterruptedException {
    retry = true;
    startNow.release();
    boolean ready =
        await(
            () -> process.pid().filter(process::ready).isPresent(), deadline, () -> !isStopping());
    if (!ready) {
      throw new RestartFailed(
          "it did not become ready" + (lastEnd.isEmpty() ? "" : "; last it " + lastEnd));
    }
    return "pid %d, ready after %d ms; it was not running"
        .formatted(process.pid().orElse(0L), millis(System.nanoTime() - begin));
  }

  /** Starts the successor; from here on it takes over whatever ends the one that runs. */
  private Process standBy(long deadline) throws RestartFailed, InterruptedException {
    long outLength = process.outLength();
    Process next;
    try {
      next = process.start(listener.prepare(), true);
    } catch (IOException e) {
      throw new RestartFailed(
          "the new one could not be started, the old one goes on: " + e.getMessage());
    }
    Successor set = new Successor(next, clock.instant());
    successor.set(set);
    boolean warm =
        await(
            () -> process.standsBy(next.pid()) || successor.get() == null, deadline, next::isAlive);
    if (!warm && successor.compareAndSet(set, null)) {
      boolean late = next.isAlive();
      next.destroyForcibly();
      throw new RestartFailed(
          late
              ? "the new one did not start up in time, the old one goes on"
              : "the new one ended with code "
                  + next.waitFor()
                  + ", the old one goes on: "
                  + process.wordsSince(outLength));
    }
    return next;
  }

  private void end(long old, long deadline) throws InterruptedException {
    ProcessHandle handle = ProcessHandle.of(old).orElse(null);
    if (handle == null) {
      return;
    }
    handle.destroy();
    long limit = Math.min(deadline, System.nanoTime() + END_LIMIT.toNanos());
    boolean ended =
        await(
            () -> process.mark().map(ComponentMark::pid).orElse(0L) != old, limit, handle::isAlive);
    if (!ended && handle.isAlive()) {
      log.warn("{} (pid {}) did not end; killed", component.id(), old);
      handle.destroyForcibly();
    }
  }

  private void awaitReady(Process next, long deadline) throws RestartFailed, InterruptedException {
    if (await(() -> process.ready(next.pid()), deadline, next::isAlive)) {
      return;
    }
    String mark =
        process
            .mark()
            .filter(m -> m.pid() == next.pid())
            .map(m -> m.state() + (m.message().isEmpty() ? "" : " for " + m.message()))
            .orElse("starting");
    throw new RestartFailed(
        next.isAlive()
            ? "the new one (pid " + next.pid() + ") is not ready yet: " + mark
            : "the new one ended with code " + next.waitFor() + "; it is started again");
  }

  /** Whether the condition came true; not after the deadline, nor once {@code may} is false. */
  private static boolean await(BooleanSupplier condition, long deadline, BooleanSupplier may)
      throws InterruptedException {
    while (!condition.getAsBoolean()) {
      if (!may.getAsBoolean()) {
        return condition.getAsBoolean();
      }
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    return true;
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  Status status() {
    boolean lives = process.lives();
    Optional<ComponentMark> mark = process.mark();
    long next = nextStartEpochMs;
    String state =
        lives
            ? mark.map(ComponentMark::state).orElse("starting")
            : next > 0 ? "backing off" : "starting";
    return new Status(
        component,
        lives ? mark.map(ComponentMark::pid).orElse(0L) : 0,
        state,
        lives ? mark.map(ComponentMark::sinceEpochMs).orElse(0L) : 0,
        ends.get(),
        earlyEnds,
        next,
        lastEnd,
        lives ? mark.map(ComponentMark::message).orElse("") : "");
  }

  /** Tells it to read its configuration again, if it has got so far as to listen. */
  void hangUp() {
    process.pid().ifPresent(ComponentProcess::hangUp);
  }

  /** Sends SIGTERM to whatever runs as this component and starts no other. */
  void askToStop() {
    stopping.countDown();
    startNow.release();
    Successor next = successor.getAndSet(null);
    if (next != null && next.process().pid() != process.pid().orElse(0L)) {
      next.process().destroyForcibly();
    }
    Process starting = current;
    if (starting != null && starting.pid() != process.pid().orElse(0L)) {
      starting.destroy();
    }
    process
        .pid()
        .flatMap(ProcessHandle::of)
        .ifPresent(
            handle -> {
              log.info("stopping {} (pid {})", component.id(), handle.pid());
              handle.destroy();
            });
  }

  /** Waits for its end, and forces it at the deadline. */
  void awaitStopped(long deadlineNanos) {
    try {
      if (!await(() -> !process.lives() && !starts(), deadlineNanos, () -> true)) {
        process
            .pid()
            .flatMap(ProcessHandle::of)
            .ifPresent(
                handle -> {
                  log.warn("{} did not stop; killed", component.id());
                  handle.destroyForcibly();
                });
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean starts() {
    Process started = current;
    return started != null && started.isAlive();
  }

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  private void pause(Duration wait) {
    startNow.drainPermits();
    try {
      if (!isStopping() && startNow.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        log.info("{}: the wait is cut short", component.id());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
