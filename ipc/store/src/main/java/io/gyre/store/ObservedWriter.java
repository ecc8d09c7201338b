package io.gyre.store;

import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes the observed state and the event log. Any thread. */
public interface ObservedWriter {
  /**
   * As {@link DesiredWriter#transact}, but the newest transactions may be lost with the power (not
   * with the process): what is observed can be observed again. One that took {@link
   * ObservedTx#nextEpoch} is on the disk when this returns.
   */
  <T extends @Nullable Object> T transact(Function<ObservedTx, T> work);

  /** {@link #transact} without a result. */
  default void run(Consumer<ObservedTx> work) {
    this.<@Nullable Object>transact(
        tx -> {
          work.accept(tx);
          return null;
        });
  }
}
