package io.gyre.reconciler.plan;

import io.gyre.model.Shortage;
import org.jspecify.annotations.Nullable;

/**
 * How many more instances of a deployment the host has room for.
 *
 * @param shortage why no more; null: as many as are wanted
 */
public record Room(int instances, @Nullable Shortage shortage) {
  public static final Room ENOUGH = new Room(Integer.MAX_VALUE, null);
}
