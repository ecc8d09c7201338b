package io.gyre.api.apply;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of a plan.
 *
 * @param action {@code create}, {@code update}, {@code scale} or {@code unchanged}
 * @param strategy how instances follow a new revision: {@code rolling}, {@code recreate} or {@code
 *     canary}
 */
record ChangeView(
    String kind,
    String namespace,
    String name,
    String action,
    @Nullable Long revision,
    @Nullable Replicas replicas,
    @Nullable String strategy,
    @Nullable String reason,
    @Nullable List<Field> fields,
    @Nullable Long generation) {
  record Replicas(int from, int to) {}

  record Field(String path, @Nullable String from, @Nullable String to) {}

  static ChangeView of(
      String kind, String namespace, String name, String action, @Nullable String reason) {
    return new ChangeView(kind, namespace, name, action, null, null, null, reason, null, null);
  }
}
