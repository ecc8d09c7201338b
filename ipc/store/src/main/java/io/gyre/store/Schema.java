package io.gyre.store;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteErrorCode;

/**
 * The version of the tables: forward only, in {@code PRAGMA user_version}. Whoever opens first
 * applies what is missing in one transaction; the others wait for its end and find nothing to do.
 */
final class Schema {
  static final int VERSION = 15;
  private static final Duration WAL_LIMIT = Duration.ofSeconds(10);

  private Schema() {}

  /**
   * Brings the database to {@link #VERSION}.
   *
   * @return how many versions were applied here
   * @throws GyreException {@code store.schema_newer}
   */
  static int migrate(Connection connection, Path file, Component component, Clock clock)
      throws SQLException {
    int found = version(connection);
    refuseNewer(found, file);
    enterWal(connection);
    if (found == VERSION) {
      return 0;
    }
    execute(connection, "BEGIN IMMEDIATE");
    try {
      int before = version(connection);
      refuseNewer(before, file);
      for (int version = before + 1; version <= VERSION; version++) {
        for (String statement : statements(version)) {
          execute(connection, statement);
        }
        record(connection, version, component, clock);
        execute(connection, "PRAGMA user_version = " + version);
      }
      execute(connection, "COMMIT");
      return VERSION - before;
    } catch (SQLException | RuntimeException e) {
      try {
        execute(connection, "ROLLBACK");
      } catch (SQLException rolledBackAlready) {
        e.addSuppressed(rolledBackAlready);
      }
      throw e;
    }
  }

  /**
   * For a process that doesn't migrate.
   *
   * @throws GyreException {@code store.not_ready}, {@code store.schema_newer}
   */
  static void require(long found, Path file) {
    refuseNewer(found, file);
    if (found < VERSION) {
      throw notReady(file);
    }
  }

  static GyreException notReady(Path file) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "store.not_ready",
        "the database " + file + " isn't there yet",
        "wait until gyre's api or reconciler has started: they make it");
  }

  private static void refuseNewer(long found, Path file) {
    if (found > VERSION) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "store.schema_newer",
          "the database "
              + file
              + " has schema version "
              + found
              + ", this version of gyre knows up to "
              + VERSION,
          "upgrade this component of gyre to the version that the others have");
    }
  }

  static int version(Connection connection) throws SQLException {
    return Integer.parseInt(query(connection, "PRAGMA user_version"));
  }

  /**
   * The switch to WAL needs the file alone, and SQLite doesn't always wait for that when several
   * processes try at once.
   */
  private static void enterWal(Connection connection) throws SQLException {
    long deadline = System.nanoTime() + WAL_LIMIT.toNanos();
    while (true) {
      try {
        if (query(connection, "PRAGMA journal_mode = WAL").equals("wal")) {
          return;
        }
        throw new SQLException("the file system doesn't support write-ahead logging");
      } catch (SQLException e) {
        boolean busy = (e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code;
        if (!busy || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
      }
    }
  }

  private static void record(Connection connection, int version, Component component, Clock clock)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO migration (version, applied_at, component) VALUES (?, ?, ?)")) {
      insert.setInt(1, version);
      insert.setLong(2, clock.millis());
      insert.setString(3, component.id());
      insert.executeUpdate();
    }
  }

  /** Statements end with a semicolon at the end of a line. */
  private static List<String> statements(int version) {
    try (InputStream in = Schema.class.getResourceAsStream("schema/V" + version + ".sql")) {
      if (in == null) {
        throw new IllegalStateException("no schema version " + version);
      }
      List<String> statements = new ArrayList<>();
      for (String part :
          new String(in.readAllBytes(), StandardCharsets.UTF_8).split(";\\s*\\n", -1)) {
        if (!part.isBlank()) {
          statements.add(part);
        }
      }
      return statements;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }
}
