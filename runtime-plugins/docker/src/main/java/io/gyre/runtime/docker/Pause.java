package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;

/** Waiting between two looks. */
final class Pause {
  private Pause() {}

  static void of(long millis) throws RuntimeFailure {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RuntimeFailure(Kind.TIMEOUT, "interrupted", "the call was given up", null, e);
    }
  }
}
