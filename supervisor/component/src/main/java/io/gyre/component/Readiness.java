package io.gyre.component;

import java.util.function.Consumer;

/**
 * How a component says how far it is; any thread. It shows in its mark file, its log and to
 * systemd.
 */
public interface Readiness {
  /**
   * Says what it waits for before it can serve, as in {@code "the database, which no other
   * component has made yet"}.
   */
  void waiting(String what);

  /** It serves. */
  void ready(String address);

  /**
   * Adds a loop without which the component is of no use: where systemd watches, it is asked now
   * and then whether it still turns, and a component with one that doesn't is ended and started
   * again. Before {@link #ready}.
   *
   * @param ask makes the loop run what it is given, soon; must not block
   */
  default void watch(String loop, Consumer<Runnable> ask) {}

  /** For components and tests that nobody watches. */
  static Readiness unwatched() {
    return new Readiness() {
      @Override
      public void waiting(String what) {}

      @Override
      public void ready(String address) {}
    };
  }
}
