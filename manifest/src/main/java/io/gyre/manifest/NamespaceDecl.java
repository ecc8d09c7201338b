package io.gyre.manifest;

import io.gyre.model.Quota;

/**
 * A namespace that a manifest names; it is made where it does not exist.
 *
 * @param quota {@link Quota#NONE}: it has none
 */
public record NamespaceDecl(String name, Quota quota) {
  /** Without a quota. */
  public NamespaceDecl(String name) {
    this(name, Quota.NONE);
  }
}
