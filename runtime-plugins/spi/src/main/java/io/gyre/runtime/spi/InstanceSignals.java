package io.gyre.runtime.spi;

/** Signals to main processes. Announced as {@link Capability#SIGNAL}. */
public interface InstanceSignals {
  /**
   * Sends a signal to the main process of an instance, if it runs; what doesn't run is left alone.
   * May block. Not idempotent: the host may send it twice where it died after the first time.
   *
   * @param signal without SIG, as in {@code HUP}
   */
  void signal(String id, String signal) throws RuntimeFailure;
}
