package io.gyre.model;

import org.jspecify.annotations.Nullable;

/**
 * Something mounted into an instance.
 *
 * @param source BIND: an absolute path of the host; VOLUME: the volume's name in the namespace;
 *     CONFIG, SECRET: its name in the namespace
 * @param key CONFIG, SECRET only: the entry that becomes the file; null: the destination is a
 *     directory with all entries
 * @param destination absolute path inside the instance
 * @param shared VOLUME only: whether several instances may write to it at once
 * @param retain VOLUME only: whether it stays when the last deployment that uses it is deleted
 */
public record VolumeMount(
    Type type,
    String source,
    @Nullable String key,
    String destination,
    boolean readOnly,
    boolean shared,
    boolean retain) {
  /** Not shared, and kept. */
  public VolumeMount(
      Type type, String source, @Nullable String key, String destination, boolean readOnly) {
    this(type, source, key, destination, readOnly, false, true);
  }

  public enum Type {
    BIND,
    VOLUME,
    CONFIG,
    SECRET
  }

  /** The config or secret that it shows; null for other types. */
  public @Nullable ContentRef content() {
    return switch (type) {
      case CONFIG -> ContentRef.config(source);
      case SECRET -> ContentRef.secret(source);
      case BIND, VOLUME -> null;
    };
  }
}
