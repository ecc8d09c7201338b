package io.gyre.runtime.spi;

import org.jspecify.annotations.Nullable;

/**
 * Null: no limit.
 *
 * @param cpuMillis thousandths of a core
 */
public record Limits(
    @Nullable Long cpuMillis, @Nullable Long memoryBytes, @Nullable Long memoryReservationBytes) {
  public static final Limits NONE = new Limits(null, null, null);
}
