package io.gyre.chaos;

import java.time.Duration;
import java.util.Random;
import java.util.Set;

/**
 * One way to hurt Gyre.
 *
 * @param touches what it acts on; two faults that touch the same are not made at once
 * @param bound within which all must be well again once it is healed
 */
record Fault(String name, String what, Set<String> touches, Duration bound, Maker maker) {
  /** Touches everything, so it goes alone. */
  static final String ALL = "all";

  /** Makes the fault; all choices come from the given random numbers. */
  interface Maker {
    Made make(Random random) throws Exception;
  }

  /** Ends the fault. */
  interface Healing {
    void heal() throws Exception;
  }

  /**
   * A fault that was made.
   *
   * @param detail for the history
   * @param holdMs how long it is to last
   */
  record Made(String detail, long holdMs, Healing healing) {
    static Made done(String detail) {
      return new Made(detail, 0, () -> {});
    }
  }

  boolean collidesWith(Fault other) {
    return touches.contains(ALL)
        || other.touches.contains(ALL)
        || touches.stream().anyMatch(other.touches::contains);
  }
}
