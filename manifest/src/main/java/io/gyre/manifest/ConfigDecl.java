package io.gyre.manifest;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A named set of texts, each of which can be mounted as a file.
 *
 * @param entries key to text
 */
public record ConfigDecl(
    String namespace, String name, SortedMap<String, String> entries, Map<String, String> labels) {
  public ConfigDecl {
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}
