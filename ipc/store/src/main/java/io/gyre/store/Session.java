package io.gyre.store;

import io.gyre.model.GyreException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * One use of a connection by one thread: a look-up, a snapshot or a transaction. After a failed
 * statement nothing more is run: SQLite may have rolled back by itself, and what followed would
 * then be committed alone.
 */
final class Session {
  private final Handle handle;
  private final Path file;
  private final Thread owner = Thread.currentThread();
  private @Nullable GyreException failure;
  private boolean ended;

  Session(Handle handle, Path file) {
    this.handle = handle;
    this.file = file;
  }

  <T> T run(Function<Handle, T> statement) {
    if (ended) {
      throw new IllegalStateException("used after its end");
    }
    if (!Thread.currentThread().equals(owner)) {
      throw new IllegalStateException("used by another thread");
    }
    throwIfFailed();
    try {
      return statement.apply(handle);
    } catch (RuntimeException e) {
      failure = Failures.of(file, e);
      throw failure;
    }
  }

  void throwIfFailed() {
    if (failure != null) {
      throw failure;
    }
  }

  boolean failed() {
    return failure != null;
  }

  void end() {
    ended = true;
  }
}
