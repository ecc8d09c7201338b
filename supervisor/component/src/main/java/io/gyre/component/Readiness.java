package io.gyre.component;

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
