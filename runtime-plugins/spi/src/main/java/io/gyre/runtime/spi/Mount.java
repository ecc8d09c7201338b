package io.gyre.runtime.spi;

import org.jspecify.annotations.Nullable;

/**
 * @param source BIND: absolute host path; VOLUME: name in the namespace; FILE: what it is, for
 *     messages
 * @param content FILE only: the file's text
 * @param destination absolute path in the instance
 */
public record Mount(
    Type type, String source, @Nullable String content, String destination, boolean readOnly) {
  public enum Type {
    BIND,
    VOLUME,
    FILE
  }
}
