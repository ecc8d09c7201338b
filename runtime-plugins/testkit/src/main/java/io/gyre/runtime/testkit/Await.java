package io.gyre.runtime.testkit;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what must become true, looking every few milliseconds. */
public final class Await {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Await() {}

  /** Fails with what the message says after 20 s. */
  public static void until(Callable<Boolean> condition, Supplier<String> message) {
    until(PATIENCE, condition, message);
  }

  public static void until(
      Duration patience, Callable<Boolean> condition, Supplier<String> message) {
    value(patience, () -> condition.call() ? Optional.of(true) : Optional.empty(), message);
  }

  /** The value as soon as there is one. */
  public static <T> T value(Callable<Optional<T>> source, Supplier<String> message) {
    return value(PATIENCE, source, message);
  }

  public static <T> T value(
      Duration patience, Callable<Optional<T>> source, Supplier<String> message) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<T> value;
      try {
        value = source.call();
      } catch (Exception e) {
        throw new AssertionError("while waiting: " + message.get(), e);
      }
      if (value.isPresent()) {
        return value.get();
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + patience.toMillis() + " ms: " + message.get());
      }
      LockSupport.parkNanos(5_000_000);
    }
  }
}
