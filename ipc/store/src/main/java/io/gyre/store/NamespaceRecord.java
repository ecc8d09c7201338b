package io.gyre.store;

import java.time.Instant;

/** A namespace that exists. */
public record NamespaceRecord(String name, Instant createdAt) {}
