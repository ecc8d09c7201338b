package io.gyre.manifest;

/** How much of a manifest has been read, over all its sources. */
final class Budget {
  static final int MAX_CHARACTERS = 3 * 1024 * 1024;
  static final int MAX_VALUES = 100_000;

  private int characters;
  private int values;

  boolean takeCharacters(int count) {
    if (count > MAX_CHARACTERS - characters) {
      return false;
    }
    characters += count;
    return true;
  }

  boolean takeValues(int count) {
    if (count > MAX_VALUES - values) {
      return false;
    }
    values += count;
    return true;
  }
}
