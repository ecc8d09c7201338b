package io.gyre.reconciler.autoscale;

import org.jspecify.annotations.Nullable;

/**
 * What a ready replica uses of what it asked for: 1 is all of it.
 *
 * @param cpu null where that isn't known
 */
public record Load(@Nullable Double cpu, @Nullable Double memory) {}
