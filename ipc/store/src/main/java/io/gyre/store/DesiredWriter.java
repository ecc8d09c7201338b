package io.gyre.store;

import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes the desired state, identities and the change log. Any thread. */
public interface DesiredWriter {
  /**
   * Runs the work in one transaction and returns when it is on the disk. All or nothing: an
   * exception of the work rolls back and comes out unchanged, and where a statement failed nothing
   * is kept even if the work caught that. Only one transaction of all processes runs at a time, so
   * the work must be short and must not wait for anything; it must not start another one.
   *
   * @throws io.gyre.model.GyreException {@code store.busy}, {@code store.disk_full}, {@code
   *     store.corrupt}, {@code store.conflict}, …: nothing was changed
   */
  <T extends @Nullable Object> T transact(Function<DesiredTx, T> work);

  /** {@link #transact} without a result. */
  default void run(Consumer<DesiredTx> work) {
    this.<@Nullable Object>transact(
        tx -> {
          work.accept(tx);
          return null;
        });
  }
}
