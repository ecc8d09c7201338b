package io.gyre.store;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few reading connections, opened when first needed and taken in turn. Nobody keeps one beyond a
 * look-up: an old snapshot would keep the log from being reused, and it would grow.
 */
final class ReadPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReadPool.class);
  static final int SIZE = 3;

  private final Path file;
  private final Supplier<Handle> opener;
  private final Semaphore free = new Semaphore(SIZE, true);
  private final ConcurrentLinkedDeque<Handle> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  ReadPool(Path file, Supplier<Handle> opener) {
    this.file = file;
    this.opener = opener;
  }

  <T extends @Nullable Object> T read(Function<Session, T> work) {
    free.acquireUninterruptibly();
    try {
      if (closed) {
        throw WriteLane.closed();
      }
      Handle pooled = idle.pollFirst();
      Handle handle = pooled == null ? opener.get() : pooled;
      Session session = new Session(handle, file);
      try {
        return work.apply(session);
      } finally {
        session.end();
        if (session.failed()) {
          close(handle);
        } else {
          idle.addFirst(handle);
        }
      }
    } finally {
      free.release();
    }
  }

  /** All look-ups of the work see one state. */
  <T extends @Nullable Object> T snapshot(Function<Session, T> work) {
    return read(
        session -> {
          session.run(handle -> execute(handle, "BEGIN"));
          try {
            return work.apply(session);
          } finally {
            if (!session.failed()) {
              session.run(handle -> execute(handle, "COMMIT"));
            }
          }
        });
  }

  /** Waits for look-ups that run. */
  @Override
  public void close() {
    closed = true;
    free.acquireUninterruptibly(SIZE);
    try {
      for (Handle handle = idle.pollFirst(); handle != null; handle = idle.pollFirst()) {
        close(handle);
      }
    } finally {
      free.release(SIZE);
    }
  }

  private Boolean execute(Handle handle, String sql) {
    try {
      Schema.execute(handle.getConnection(), sql);
      return true;
    } catch (SQLException e) {
      throw Failures.of(file, e);
    }
  }

  private void close(Handle handle) {
    try {
      handle.close();
    } catch (RuntimeException e) {
      LOG.warn("closing {} failed: {}", file, e.getMessage());
    }
  }
}
