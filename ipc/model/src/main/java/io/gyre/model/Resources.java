package io.gyre.model;

import org.jspecify.annotations.Nullable;

/**
 * Limits and requests; null means none.
 *
 * @param cpuLimitMillis thousandths of a core, at least 1
 * @param memoryLimitBytes at least 1 MiB
 */
public record Resources(
    @Nullable Long cpuLimitMillis,
    @Nullable Long memoryLimitBytes,
    @Nullable Long cpuRequestMillis,
    @Nullable Long memoryRequestBytes) {
  public static final Resources NONE = new Resources(null, null, null, null);
}
