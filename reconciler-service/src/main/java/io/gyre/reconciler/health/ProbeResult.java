package io.gyre.reconciler.health;

/**
 * @param detail what the probe saw, for the user: {@code "GET / answered 503"}
 */
record ProbeResult(boolean ok, String detail) {
  static ProbeResult passed(String detail) {
    return new ProbeResult(true, detail);
  }

  static ProbeResult failed(String detail) {
    return new ProbeResult(false, detail);
  }
}
