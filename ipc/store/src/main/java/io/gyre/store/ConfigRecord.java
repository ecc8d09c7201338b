package io.gyre.store;

import io.gyre.model.ConfigContent;
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
    ConfigContent content,
    Map<String, String> labels,
    Instant updatedAt,
    long version) {
  public ConfigRecord {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}
