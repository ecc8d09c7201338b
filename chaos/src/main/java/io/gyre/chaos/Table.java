package io.gyre.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Counts faults and how long it took until all was well again. */
final class Table {
  private final Map<String, List<Long>> recoveries = new TreeMap<>();
  private final Map<String, Integer> violations = new TreeMap<>();
  private int faults;

  void add(String fault, long recoveryMs, int newViolations) {
    faults++;
    recoveries.computeIfAbsent(fault, name -> new ArrayList<>()).add(recoveryMs);
    violations.merge(fault, newViolations, Integer::sum);
  }

  int faults() {
    return faults;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-28s %6s %11s %12s %12s%n",
            "fault",
            "count",
            "violations",
            "median ms",
            "worst ms"));
    recoveries.forEach(
        (fault, times) -> {
          List<Long> sorted = new ArrayList<>(times);
          Collections.sort(sorted);
          text.append(
              String.format(
                  Locale.ROOT,
                  "%-28s %6d %11d %12d %12d%n",
                  fault,
                  sorted.size(),
                  violations.getOrDefault(fault, 0),
                  sorted.get(sorted.size() / 2),
                  sorted.getLast()));
        });
    List<Long> all = recoveries.values().stream().flatMap(List::stream).sorted().toList();
    text.append(
        String.format(
            Locale.ROOT,
            "%-28s %6d %11d %12d %12d%n",
            "all",
            faults,
            violations.values().stream().mapToInt(Integer::intValue).sum(),
            all.isEmpty() ? 0 : all.get(all.size() / 2),
            all.isEmpty() ? 0 : all.getLast()));
    return text.toString();
  }
}
