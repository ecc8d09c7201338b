package io.gyre.store;

/** What callers may ask for at once. */
final class Limits {
  private Limits() {}

  static int check(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    return limit;
  }
}
