package io.gyre.store;

import java.time.Instant;

/**
 * A namespace that exists.
 *
 * @param deleting whether all of it is to go
 */
public record NamespaceRecord(String name, Instant createdAt, boolean deleting) {
  public NamespaceRecord(String name, Instant createdAt) {
    this(name, createdAt, false);
  }
}
