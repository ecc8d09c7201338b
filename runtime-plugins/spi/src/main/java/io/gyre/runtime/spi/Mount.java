package io.gyre.runtime.spi;

import org.jspecify.annotations.Nullable;

/**
 * @param source BIND: absolute host path; VOLUME: name in the namespace; FILE: what it is, for
 *     messages
 * @param content FILE only: the file's text; null where there is a path
 * @param destination absolute path in the instance
 * @param path FILE only: where the host keeps the file, or a directory of files, which it also
 *     changes and removes; what is there is to be seen at the destination, changes included. Given
 *     to runtimes with {@link Capability#HOST_FILES} only
 */
public record Mount(
    Type type,
    String source,
    @Nullable String content,
    String destination,
    boolean readOnly,
    @Nullable String path) {
  /** Without a path. */
  public Mount(
      Type type, String source, @Nullable String content, String destination, boolean readOnly) {
    this(type, source, content, destination, readOnly, null);
  }

  public enum Type {
    BIND,
    VOLUME,
    FILE
  }
}
