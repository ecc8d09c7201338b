package io.gyre.manifest;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Suggestion {
  private static final int LONGEST = 40;

  private Suggestion() {}

  /** The closest word: at most two edits away, or one for words of up to four letters. */
  static Optional<String> of(String typed, Collection<String> words) {
    if (typed.length() > LONGEST) {
      return Optional.empty();
    }
    String wanted = fold(typed);
    String best = null;
    int least = wanted.length() <= 4 ? 2 : 3;
    for (String word : words) {
      if (Math.abs(word.length() - wanted.length()) >= least) {
        continue;
      }
      int distance = distance(wanted, fold(word));
      if (distance < least && distance < word.length()) {
        best = word;
        least = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** {@code ; did you mean "replicas"?}, or nothing. */
  static String question(String typed, Collection<String> words) {
    return of(typed, words).map(word -> "; did you mean \"" + word + "\"?").orElse("");
  }

  private static String fold(String word) {
    return word.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  /** Edits (insert, remove, replace, swap of neighbours) between two short words. */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = row;
      row = spare;
    }
    return last[b.length()];
  }
}
