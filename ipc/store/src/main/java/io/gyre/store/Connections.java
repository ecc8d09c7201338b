package io.gyre.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.sqlite.BusyHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * Makes connections to the file. All are in autocommit mode and transactions are spelled out: the
 * driver's own transactions would either upgrade a read lock, which fails at once, or hold the
 * write lock while idle.
 */
final class Connections {
  static final Duration BUSY_LIMIT = Duration.ofSeconds(5);
  private static final int READER_CACHE_KIB = 512;
  private static final int WRITER_CACHE_KIB = 1024;
  private static final int CHECKPOINT_PAGES = 1000;
  private static final long WAL_KEPT_BYTES = 4L << 20;

  private final Path file;

  Connections(Path file) {
    this.file = file;
  }

  /** What one writing connection is. */
  record Writing(Handle handle, Patience patience) {}

  /** Makes the file where it is missing. */
  Connection openForMigration() throws SQLException {
    Connection connection = open(new SQLiteConfig());
    try {
      // WAL and shared memory are made later and take the permissions from the file.
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | UnsupportedOperationException e) {
      connection.close();
      throw new SQLException("the permissions of " + file + " can't be set", e);
    }
    return connection;
  }

  /**
   * @param durable whether a commit is on the disk when it returns
   */
  Writing writer(boolean durable) {
    Patience patience = new Patience(BUSY_LIMIT);
    Handle handle =
        handle(
            () -> {
              SQLiteConfig config = new SQLiteConfig();
              config.resetOpenMode(SQLiteOpenMode.CREATE);
              Connection connection = open(config);
              BusyHandler.setHandler(connection, patience);
              Schema.execute(connection, "PRAGMA foreign_keys = ON");
              Schema.execute(connection, synchronous(durable));
              Schema.execute(connection, "PRAGMA cache_size = -" + WRITER_CACHE_KIB);
              Schema.execute(connection, "PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
              Schema.execute(connection, "PRAGMA journal_size_limit = " + WAL_KEPT_BYTES);
              return connection;
            });
    return new Writing(handle, patience);
  }

  static String synchronous(boolean durable) {
    return "PRAGMA synchronous = " + (durable ? "FULL" : "NORMAL");
  }

  /**
   * @param readOnlyFile whether the process may not even repair the file
   */
  Handle reader(boolean readOnlyFile) {
    return handle(
        () -> {
          SQLiteConfig config = new SQLiteConfig();
          config.resetOpenMode(SQLiteOpenMode.CREATE);
          if (readOnlyFile) {
            config.setReadOnly(true);
          }
          Connection connection = open(config);
          Schema.execute(connection, "PRAGMA query_only = ON");
          Schema.execute(connection, "PRAGMA cache_size = -" + READER_CACHE_KIB);
          return connection;
        });
  }

  /** For a single statement, or for a file that nobody else uses; doesn't make the file. */
  Connection open() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    return open(config);
  }

  private Connection open(SQLiteConfig config) throws SQLException {
    config.setBusyTimeout((int) BUSY_LIMIT.toMillis());
    config.setGetGeneratedKeys(false);
    return config.createConnection("jdbc:sqlite:" + uri());
  }

  /** As a URI, since the driver takes a plain name apart at a question mark. */
  private String uri() {
    URI path = file.toAbsolutePath().toUri();
    return "file:" + path.getRawPath();
  }

  private Handle handle(ConnectionFactory connections) {
    try {
      Jdbi jdbi = Jdbi.create(connections);
      jdbi.configure(
          SqlStatements.class,
          sql -> sql.setSqlParser(new PlainSql()).setTemplateEngine(TemplateEngine.NOP));
      return jdbi.open();
    } catch (RuntimeException e) {
      throw Failures.of(file, e);
    }
  }
}
