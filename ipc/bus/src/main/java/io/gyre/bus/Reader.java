package io.gyre.bus;

import io.gyre.model.Component;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that reads: all sources in turn until all are empty, then it waits for the bell. A
 * ring that gets lost costs at most the second after which it looks anyway.
 */
final class Reader {
  private static final Logger log = LoggerFactory.getLogger(Reader.class);
  private static final long POLL_MS = 1000;
  private static final long CHECK_NS = TimeUnit.MILLISECONDS.toNanos(POLL_MS);
  private static final long TOUCH_NS = TimeUnit.HOURS.toNanos(1);

  /** Messages of one source before the next one has its turn. */
  private static final int TURN = 64;

  private final Doorbell bell;
  private final List<Source> sources;
  private final Dispatcher dispatcher;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping;
  private long checked = System.nanoTime();
  private long touched = checked - TOUCH_NS;

  Reader(Doorbell bell, List<Source> sources, Dispatcher dispatcher) {
    this.bell = bell;
    this.sources = sources;
    this.dispatcher = dispatcher;
    this.thread = Thread.ofPlatform().name("bus-reader").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Runs on the reading thread before it waits the next time. */
  void execute(Runnable task) {
    tasks.add(task);
    bell.wakeUp();
  }

  /**
   * The message that is being handled is the last one. Where its handling takes longer than the
   * time given, it ends by itself later, and then closes what it uses.
   */
  void stop(long timeoutMs) {
    stopping = true;
    bell.wakeUp();
    if (Thread.currentThread().equals(thread)) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      if (!thread.join(Duration.ofMillis(timeoutMs))) {
        log.warn("A message is still being handled while the bus is closed");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!stopping) {
        try {
          step();
        } catch (IOException | RuntimeException e) {
          log.error("Reading the bus failed; trying again", e);
          LockSupport.parkNanos(CHECK_NS);
        }
      }
    } finally {
      sources.forEach(Source::close);
      bell.close();
    }
  }

  private void step() throws IOException {
    drain();
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    long now = System.nanoTime();
    if (now - touched >= TOUCH_NS) {
      touched = now;
      sources.forEach(Source::touch);
    }
    boolean thorough = now - checked >= CHECK_NS;
    if (thorough) {
      checked = now;
    }
    boolean opened = false;
    for (Source source : sources) {
      opened |= source.check(thorough);
    }
    if (!opened && !stopping) {
      bell.await(POLL_MS);
    }
  }

  private void drain() {
    int found;
    do {
      found = 0;
      for (Source source : sources) {
        found += source.drain(TURN, () -> stopping, this::take);
      }
    } while (found > 0 && !stopping);
  }

  /** A message that fails is skipped, unless what fails may be that we are stopping. */
  private boolean take(Component source, long index, byte[] entry) {
    return dispatcher.dispatch(source, index, entry) || !stopping;
  }
}
