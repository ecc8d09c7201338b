package io.gyre.store;

import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one writing connection of the process; threads get their turn in the order they came. */
final class WriteLane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WriteLane.class);
  private static final Duration CHECKPOINT_LIMIT = Duration.ofMillis(250);

  private final Path file;
  private final Connections connections;
  private final boolean durable;
  private final ReentrantLock turn = new ReentrantLock(true);
  private Connections.@Nullable Writing writing;
  private boolean closed;

  WriteLane(Path file, Connections connections, boolean durable) {
    this.file = file;
    this.connections = connections;
    this.durable = durable;
    this.writing = connections.writer(durable);
  }

  <T extends @Nullable Object> T transact(Function<Session, T> work) {
    takeTurn();
    try {
      return transactInTurn(work);
    } finally {
      turn.unlock();
    }
  }

  /** As {@link #transact}, and on the disk with all that was committed before. */
  <T extends @Nullable Object> T transactDurably(Function<Session, T> work) {
    takeTurn();
    try {
      execute(Connections.synchronous(true));
      try {
        return transactInTurn(work);
      } finally {
        execute(Connections.synchronous(durable));
      }
    } finally {
      turn.unlock();
    }
  }

  /** Moves the log into the database and truncates it, as far as readers let it. */
  void checkpoint() {
    takeTurn();
    try {
      Connections.Writing current = open();
      // While this waits for readers no process can write.
      current.patience().limit(CHECKPOINT_LIMIT);
      Failpoints.hit("store.checkpoint.before");
      try {
        execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Failpoints.hit("store.checkpoint.after");
      } finally {
        current.patience().limit(Connections.BUSY_LIMIT);
      }
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      discard();
    } finally {
      turn.unlock();
    }
  }

  private void takeTurn() {
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("a transaction inside a transaction");
    }
    turn.lock();
  }

  private <T extends @Nullable Object> T transactInTurn(Function<Session, T> work) {
    Connections.Writing current = open();
    execute("BEGIN IMMEDIATE");
    Session session = new Session(current.handle(), file);
    boolean committed = false;
    try {
      T result = work.apply(session);
      session.throwIfFailed();
      Failpoints.hit("store.commit.before");
      execute("COMMIT");
      committed = true;
      Failpoints.hit("store.commit.after");
      return result;
    } finally {
      session.end();
      if (!committed) {
        rollback();
      }
    }
  }

  private void rollback() {
    try {
      Schema.execute(open().handle().getConnection(), "ROLLBACK");
    } catch (SQLException e) {
      // SQLite rolls back by itself after some failures. Anything else: the connection is spent.
      String message = e.getMessage();
      if (message == null || !message.contains("no transaction is active")) {
        LOG.warn("rolling back in {} failed, opening it again: {}", file, message);
        discard();
      }
    }
  }

  private void execute(String sql) {
    try {
      Schema.execute(open().handle().getConnection(), sql);
    } catch (SQLException e) {
      throw Failures.of(file, e);
    }
  }

  private Connections.Writing open() {
    if (closed) {
      throw closed();
    }
    Connections.Writing current = writing;
    if (current == null) {
      current = connections.writer(durable);
      writing = current;
    }
    return current;
  }

  static GyreException closed() {
    return new GyreException(
        ErrorKind.UNAVAILABLE, "store.closed", "the database is closed", "this process is ending");
  }

  private void discard() {
    Connections.Writing current = writing;
    writing = null;
    if (current != null) {
      try {
        current.handle().close();
      } catch (RuntimeException e) {
        LOG.warn("closing {} failed: {}", file, e.getMessage());
      }
    }
  }
}
