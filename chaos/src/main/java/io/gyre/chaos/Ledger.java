package io.gyre.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the harness did and what it found: whom it killed, what happened when, what must not have
 * been. Any thread.
 */
final class Ledger implements AutoCloseable {
  private static final int TAIL = 40;
  private static final long ARMED_NANOS = 2_000_000_000L;
  private static final long EXCUSE_NANOS = 45_000_000_000L;

  private final long start = System.nanoTime();
  private final PrintWriter history;
  private final List<String> tail = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final Set<String> violated = new HashSet<>();

  /** Main processes by pid and start; ended on purpose. */
  private final Set<String> killedMains = new HashSet<>();

  private final Map<String, Integer> killedContainers = new HashMap<>();
  private final Map<String, Long> disturbedAt = new HashMap<>();
  private int armed;
  private long disarmedAt = System.nanoTime() - ARMED_NANOS;
  private final Set<Long> killedComponents = new HashSet<>();

  Ledger(Path file) {
    try {
      history = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8), true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  synchronized void note(String text) {
    String line = String.format(Locale.ROOT, "%8.3f  %s", elapsed().toMillis() / 1000.0, text);
    history.println(line);
    tail.add(line);
    if (tail.size() > TAIL) {
      tail.removeFirst();
    }
  }

  /** Each only once. */
  synchronized void violation(String key, String text) {
    if (violated.add(key)) {
      note("VIOLATION " + text);
      violations.add(tail.getLast().strip());
      System.out.println("VIOLATION " + tail.getLast().strip());
    }
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  synchronized List<String> tail() {
    return List.copyOf(tail);
  }

  /** To be called before the signal is sent. */
  synchronized void kills(Reality.Main main) {
    killedMains.add(main.key());
    if (main.container()) {
      killedContainers.merge(main.replica(), 1, Integer::sum);
      disturbs(main.replica());
    }
  }

  synchronized boolean killed(long pid, long startTicks) {
    return killedMains.contains(pid + "/" + startTicks);
  }

  /** From now on, and for a while, the container's clients may be let down. */
  synchronized void disturbs(String container) {
    disturbedAt.put(container, System.nanoTime());
  }

  synchronized boolean disturbedLately(String container) {
    Long at = disturbedAt.get(container);
    return at != null && System.nanoTime() - at < EXCUSE_NANOS;
  }

  synchronized int killsOfContainer(String container) {
    return killedContainers.getOrDefault(container, 0);
  }

  synchronized void killsComponent(long pid) {
    killedComponents.add(pid);
  }

  /** While a place to fail at is armed any of Gyre's processes may end. */
  synchronized void armed(boolean on) {
    armed += on ? 1 : -1;
    disarmedAt = System.nanoTime();
  }

  synchronized boolean killedComponent(long pid) {
    return killedComponents.contains(pid)
        || armed > 0
        || System.nanoTime() - disarmedAt < ARMED_NANOS;
  }

  @Override
  public synchronized void close() {
    history.close();
  }
}
