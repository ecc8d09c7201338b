package io.gyre.manifest;

import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Collects the problems of all sources. Keeps a bounded number and counts the rest. */
final class Problems {
  static final int KEPT = 500;

  private record Entry(int source, Violation violation) {}

  private final List<Entry> kept = new ArrayList<>();
  private int source;
  private int count;

  /** Problems that are added from now on are of the source with this place in the order. */
  void enter(int index) {
    source = index;
  }

  void add(Violation violation) {
    count++;
    if (kept.size() < KEPT) {
      kept.add(new Entry(source, violation));
    }
  }

  /** Whether a further problem would only be counted. */
  boolean isFull() {
    return count >= KEPT;
  }

  int count() {
    return count;
  }

  Optional<String> first() {
    return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getFirst().violation().message());
  }

  /** Throws all of them in the order of the sources, lines and columns, if there is any. */
  void refuseIfAny() {
    if (count == 0) {
      return;
    }
    List<Violation> violations = new ArrayList<>();
    kept.stream()
        .sorted(
            Comparator.comparingInt(Entry::source)
                .thenComparingInt(entry -> entry.violation().line())
                .thenComparingInt(entry -> entry.violation().column()))
        .map(Entry::violation)
        .distinct()
        .forEach(violations::add);
    if (count > kept.size()) {
      violations.add(
          new Violation(
              "manifest.too_many_problems",
              "",
              (count - kept.size()) + " more problems are not listed",
              null,
              0,
              0));
    }
    throw GyreException.invalid("manifest.invalid", violations);
  }
}
