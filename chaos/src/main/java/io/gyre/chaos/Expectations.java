package io.gyre.chaos;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What faults themselves have made true, beside the workloads. Any thread. */
final class Expectations {
  private final Map<String, Set<String>> versions = new TreeMap<>();

  /** From now on the runtime is of this version. */
  synchronized void version(String runtime, String version) {
    versions.put(runtime, new TreeSet<>(Set.of(version)));
  }

  /** The runtime may come to be of this version, or stay as it is. */
  synchronized void maybeVersion(String runtime, String before, String version) {
    Set<String> right = versions.computeIfAbsent(runtime, name -> new TreeSet<>(Set.of(before)));
    right.add(version);
  }

  synchronized Map<String, Set<String>> versions() {
    return Map.copyOf(versions);
  }
}
