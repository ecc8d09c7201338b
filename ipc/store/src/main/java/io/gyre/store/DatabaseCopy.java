package io.gyre.store;

import io.gyre.model.ChangeRecord;
import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies of the database that no process uses: how one is made while others write, whether one is
 * whole, and how one becomes the database of a data root again.
 */
public final class DatabaseCopy {
  private static final String APPLICATION_ID = "1736012389";
  private static final int SHOWN = 5;

  private DatabaseCopy() {}

  /** The newest schema version that this version of Gyre knows. */
  public static int schemaVersion() {
    return Schema.VERSION;
  }

  /**
   * Writes one consistent state of the database to a file that isn't there yet; writers and readers
   * of all processes go on meanwhile. It needs as much space as the database, and isn't known to be
   * on the disk when this returns.
   *
   * @return its schema version
   */
  public static int write(Path database, Path copy) {
    if (!Files.exists(database)) {
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "store.not_found",
          "there is no database " + database,
          "set GYRE_HOME to the data root of the Gyre that is meant");
    }
    NativeLibrary.prepare(directory(database));
    try (Connection connection = new Connections(database).open();
        PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
      vacuum.setString(1, copy.toString());
      vacuum.execute();
    } catch (SQLException e) {
      throw Failures.of(database, e);
    }
    try (Connection connection = new Connections(copy).open()) {
      return Schema.version(connection);
    } catch (SQLException e) {
      throw Failures.of(copy, e);
    }
  }

  /**
   * Everything that is wrong with a database, also one that is used; empty where it can become that
   * of a data root. Changes nothing.
   *
   * @param libraries where SQLite's own library may be unpacked
   * @param quick leaves out whether indexes say what their tables say, which takes most of the time
   */
  public static List<String> problems(Path copy, Path libraries, boolean quick) {
    NativeLibrary.prepare(libraries);
    try (Connection connection = new Connections(copy).open()) {
      List<String> found = new ArrayList<>();
      String id = one(connection, "PRAGMA application_id");
      if (!id.equals(APPLICATION_ID)) {
        return List.of("it is no database of gyre: its application id is " + id);
      }
      int version = Schema.version(connection);
      if (version > Schema.VERSION) {
        found.add(
            "it has schema version "
                + version
                + ", this version of gyre knows up to "
                + Schema.VERSION
                + ": use the version of gyre that made the backup, or a newer one");
      }
      List<String> integrity =
          all(connection, "PRAGMA " + (quick ? "quick" : "integrity") + "_check(" + SHOWN + ")");
      if (!integrity.equals(List.of("ok"))) {
        integrity.forEach(line -> found.add("it is damaged: " + line));
      }
      all(connection, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_check").stream()
          .limit(SHOWN)
          .forEach(table -> found.add("rows of " + table + " refer to nothing"));
      return List.copyOf(found);
    } catch (SQLException e) {
      return List.of("it is damaged: " + e.getMessage());
    }
  }

  /**
   * Makes a copy without {@link #problems} the state that a data root goes on from: brings it to
   * this version's schema and notes what was wanted in it, so that whatever runs and isn't known
   * here is not taken for something to remove.
   *
   * @param words for the log of events
   * @param adminToken an administrator's token that is to be accepted, by its SHA-256
   * @return whether it was accepted before
   */
  public static boolean prepare(
      Path copy, String actor, String words, String adminToken, Clock clock) {
    try (Store store = Store.open(copy, Component.API, clock)) {
      store
          .desired()
          .transact(
              tx ->
                  tx.recordChange(
                      new ChangeRecord(
                          0, clock.instant(), actor, "restore", null, null, 0, words, "restore")));
    }
    try (Connection connection = new Connections(copy).open()) {
      Schema.execute(connection, "BEGIN IMMEDIATE");
      Schema.execute(connection, "DELETE FROM restored");
      Schema.execute(
          connection,
          "INSERT INTO restored (namespace, name, generation)"
              + " SELECT namespace, name, generation FROM deployment"
              + " UNION SELECT DISTINCT namespace, name, 0 FROM change c"
              + " WHERE namespace IS NOT NULL AND name IS NOT NULL AND NOT EXISTS"
              + " (SELECT 1 FROM deployment d WHERE d.namespace = c.namespace AND d.name = c.name)");
      try (PreparedStatement event =
          connection.prepareStatement(
              "INSERT INTO event (at, level, reason, message, correlation)"
                  + " VALUES (?, 'NORMAL', 'restored', ?, 'restore')")) {
        event.setLong(1, clock.millis());
        event.setString(2, words);
        event.executeUpdate();
      }
      boolean accepted = accept(connection, adminToken, clock);
      Schema.execute(connection, "COMMIT");
      // One file is moved into place, so nothing of it may be in another.
      one(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
      one(connection, "PRAGMA journal_mode = DELETE");
      return accepted;
    } catch (SQLException e) {
      throw Failures.of(copy, e);
    }
  }

  private static boolean accept(Connection connection, String sha256, Clock clock)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO token (id, name, sha256, role, created_at) VALUES (?, ?, ?, 'admin', ?)"
                + " ON CONFLICT (sha256) DO NOTHING")) {
      insert.setString(1, Ids.random(12));
      insert.setString(2, "admin");
      insert.setString(3, sha256);
      insert.setLong(4, clock.millis());
      return insert.executeUpdate() == 0;
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    List<String> rows = all(connection, sql);
    return rows.isEmpty() ? "" : rows.getFirst();
  }

  private static List<String> all(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  private static Path directory(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IllegalArgumentException("not a file: " + file);
    }
    return directory;
  }
}
