package io.gyre.store;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A config of a namespace: named entries that instances can use.
 *
 * @param version the newest, whose entries these are
 */
public record ConfigRecord(
    String namespace,
    String name,
    Map<String, String> entries,
    Map<String, String> labels,
    Instant updatedAt,
    long version) {
  public ConfigRecord {
    entries = Collections.unmodifiableMap(new TreeMap<>(entries));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}
