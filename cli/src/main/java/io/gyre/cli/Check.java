package io.gyre.cli;

import java.util.Locale;

/**
 * One finding of {@code gyre doctor}.
 *
 * @param next what to do about it; empty where nothing is to do
 */
record Check(Level level, String name, String message, String next) {
  enum Level {
    OK,
    WARN,
    FAIL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Check ok(String name, String message) {
    return new Check(Level.OK, name, message, "");
  }

  static Check warn(String name, String message, String next) {
    return new Check(Level.WARN, name, message, next);
  }

  static Check fail(String name, String message, String next) {
    return new Check(Level.FAIL, name, message, next);
  }
}
