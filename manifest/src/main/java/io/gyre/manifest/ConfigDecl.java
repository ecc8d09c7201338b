package io.gyre.manifest;

import io.gyre.model.ConfigContent;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A named set of entries, each of which can be mounted as a file.
 *
 * @param content texts that refer to other entries are among its templates only
 * @param file where it is declared; empty: in none
 */
public record ConfigDecl(
    String namespace,
    String name,
    ConfigContent content,
    Map<String, String> labels,
    String file,
    int line) {
  public ConfigDecl {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}
