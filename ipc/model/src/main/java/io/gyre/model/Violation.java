package io.gyre.model;

import org.jspecify.annotations.Nullable;

/**
 * One problem of an input.
 *
 * @param code stable, dotted: {@code deployment.ports.published.duplicate}
 * @param path where, as in {@code deployments.web.ports[0].published}
 * @param message what is wrong and what would be right
 * @param file the file as the user named it, or null where there is none
 * @param line 1-based, 0 where unknown
 * @param column 1-based, 0 where unknown
 */
public record Violation(
    String code, String path, String message, @Nullable String file, int line, int column) {
  /** {@code file:line:column: path: message}, with what is known of it. */
  public String text() {
    StringBuilder text = new StringBuilder();
    if (file != null) {
      text.append(file);
      if (line > 0) {
        text.append(':').append(line).append(':').append(column);
      }
      text.append(": ");
    }
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return text.append(message).toString();
  }
}
