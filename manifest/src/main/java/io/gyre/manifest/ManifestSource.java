package io.gyre.manifest;

import java.util.Map;

/**
 * The text of one manifest file, YAML or JSON, of one or several documents.
 *
 * @param file as the user named it; used in messages only
 * @param attached what the files that it names hold, in base64, by the name that it gives them
 */
public record ManifestSource(String file, String text, Map<String, String> attached) {
  public ManifestSource {
    attached = Map.copyOf(attached);
  }

  public ManifestSource(String file, String text) {
    this(file, text, Map.of());
  }
}
