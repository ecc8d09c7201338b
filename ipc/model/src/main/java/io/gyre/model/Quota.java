package io.gyre.model;

import org.jspecify.annotations.Nullable;

/** The most that a namespace may want; null: no bound. */
public record Quota(
    @Nullable Long deployments,
    @Nullable Long instances,
    @Nullable Long memoryBytes,
    @Nullable Long cpuMillis) {
  public static final Quota NONE = new Quota(null, null, null, null);
}
