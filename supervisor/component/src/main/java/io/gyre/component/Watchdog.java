package io.gyre.component;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that a component lives, but only while its loops prove it: each is asked to call
 * back from within itself, and systemd hears of it once all have. A component with one loop that
 * hangs goes silent, and systemd starts it again.
 *
 * <p>While the component waits for another one its start is extended, for that may take as long as
 * it takes.
 *
 * <p>One thread, four turns per {@code WatchdogSec=}; none where systemd wants no sign.
 */
final class Watchdog {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
  private static final Duration EXTENSION = Duration.ofSeconds(20);
  private static final Duration EXTEND_EACH = Duration.ofSeconds(5);

  /** One loop and its answer. */
  private static final class Loop {
    final String name;
    final Consumer<Runnable> ask;
    volatile long answeredAt = System.nanoTime();
    boolean reported;

    Loop(String name, Consumer<Runnable> ask) {
      this.name = name;
      this.ask = ask;
    }

    void ask() {
      ask.accept(() -> answeredAt = System.nanoTime());
    }
  }

  private final SystemdNotifier systemd;
  private final boolean wanted;
  private final Duration limit;
  private final List<Loop> loops = new CopyOnWriteArrayList<>();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final AtomicBoolean started = new AtomicBoolean();

  Watchdog(SystemdNotifier systemd, Map<String, String> environment) {
    this.systemd = systemd;
    this.wanted = environment.containsKey("NOTIFY_SOCKET");
    this.limit = limit(environment);
  }

  /** Zero where no sign of life is wanted. */
  private static Duration limit(Map<String, String> environment) {
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    if (!pid.isEmpty() && !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return Duration.ZERO;
    }
    try {
      long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
      return Duration.of(Math.max(0, micros), ChronoUnit.MICROS);
    } catch (NumberFormatException e) {
      log.warn("WATCHDOG_USEC is not a number: {}", environment.get("WATCHDOG_USEC"));
      return Duration.ZERO;
    }
  }

  /**
   * Watches one more loop.
   *
   * @param ask makes the loop run what it is given, soon; must not block
   */
  void watch(String name, Consumer<Runnable> ask) {
    loops.add(new Loop(name, ask));
  }

  /** The start goes on when another component is ready. */
  void waiting() {
    start();
  }

  /** The start is over; from now on signs of life count. */
  void ready() {
    ready.countDown();
    if (!limit.isZero()) {
      start();
    }
  }

  private void start() {
    if (wanted && started.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("watchdog").start(this::run);
    }
  }

  private void run() {
    try {
      do {
        if (ready.getCount() > 0) {
          systemd.send("EXTEND_TIMEOUT_USEC=" + EXTENSION.toNanos() / 1000);
        }
      } while (!ready.await(EXTEND_EACH.toMillis(), TimeUnit.MILLISECONDS));
      if (!limit.isZero()) {
        turn();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void turn() throws InterruptedException {
    Duration turn = limit.dividedBy(4);
    while (true) {
      long began = System.nanoTime();
      for (Loop loop : loops) {
        try {
          loop.ask();
        } catch (RuntimeException e) {
          log.warn("{} cannot be asked for a sign of life: {}", loop.name, e.toString());
        }
      }
      Thread.sleep(turn);
      boolean all = true;
      for (Loop loop : loops) {
        all &= loop.answeredAt - began >= 0;
        report(loop, began);
      }
      if (all) {
        systemd.send("WATCHDOG=1");
      }
    }
  }

  private void report(Loop loop, long began) {
    boolean silent = loop.answeredAt - began < 0;
    if (silent && !loop.reported) {
      log.warn(
          "{} has given no sign of life for {} ms; systemd ends this process after {} ms",
          loop.name,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - loop.answeredAt),
          limit.toMillis());
    } else if (!silent && loop.reported) {
      log.info("{} gives signs of life again", loop.name);
    }
    loop.reported = silent;
  }
}
