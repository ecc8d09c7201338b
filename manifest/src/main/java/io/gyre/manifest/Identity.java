package io.gyre.manifest;

import io.gyre.model.DeploymentKey;
import io.gyre.model.Names;
import org.jspecify.annotations.Nullable;

/** The namespace and the name of a block of the manifest. */
final class Identity {
  private Identity() {}

  static @Nullable String namespace(Fields fields) {
    Value value = fields.get("namespace");
    return value == null ? DeploymentKey.DEFAULT_NAMESPACE : read(value, "namespace");
  }

  /** The field {@code name}, or else the key of the block. */
  static @Nullable String name(Fields fields, String key, String what) {
    Value value = fields.get("name");
    return value == null ? ofKey(fields.block(), key, what) : read(value, what);
  }

  static @Nullable String ofKey(Value block, String key, String what) {
    return valid(block, "name.invalid", key, what) ? key : null;
  }

  private static @Nullable String read(Value value, String what) {
    String text = value.text("a name");
    return text != null && valid(value, "invalid", text, what) ? text : null;
  }

  private static boolean valid(Value at, String slug, String text, String what) {
    boolean valid = Names.valid(text);
    if (!valid) {
      at.problem(
          slug, Excerpt.quoted(text) + " is not a name for a " + what + ": use " + Names.RULE);
    }
    return valid;
  }
}
