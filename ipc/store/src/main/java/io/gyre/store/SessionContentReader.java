package io.gyre.store;

import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** Statements on the connection of a session, and look-ups of configs, secrets and volumes. */
abstract sealed class SessionContentReader permits SessionReader {
  private final Session session;

  SessionContentReader(Session session) {
    this.session = session;
  }

  final <T> List<T> list(RowMapper<T> mapper, String sql, @Nullable Object... arguments) {
    return session.run(handle -> List.copyOf(handle.select(sql, arguments).map(mapper).list()));
  }

  final <T> Optional<T> find(RowMapper<T> mapper, String sql, @Nullable Object... arguments) {
    return session.run(handle -> handle.select(sql, arguments).map(mapper).findOne());
  }

  /** The one number that the statement yields. */
  final long number(String sql, @Nullable Object... arguments) {
    return session.run(handle -> handle.select(sql, arguments).map(Rows.NUMBER).one());
  }

  final int execute(String sql, @Nullable Object... arguments) {
    return session.run(handle -> handle.execute(sql, arguments));
  }

  /**
   * @throws GyreException {@code namespace.deleting}
   */
  final void requireOpen(String namespace) {
    if (number("SELECT count(*) FROM namespace WHERE name = ? AND deleting = 1", namespace) > 0) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "namespace.deleting",
          "the namespace " + namespace + " is being deleted and takes nothing new",
          "wait until it is gone (gyre get namespaces), or use another");
    }
  }

  public final Optional<ConfigRecord> configRecord(String namespace, String name) {
    return find(
        Rows.CONFIG, "SELECT * FROM config WHERE namespace = ? AND name = ?", namespace, name);
  }

  public final Optional<ConfigVersion> configVersion(String namespace, String name, long version) {
    return find(
        ContentRows.VERSION,
        "SELECT * FROM config_version WHERE namespace = ? AND name = ? AND version = ?",
        namespace,
        name,
        version);
  }

  public final List<ConfigVersion> configVersions(String namespace, String name) {
    return list(
        ContentRows.VERSION,
        "SELECT * FROM config_version WHERE namespace = ? AND name = ? ORDER BY version DESC",
        namespace,
        name);
  }

  public final long nextConfigVersion(String namespace, String name) {
    return number(
        "SELECT coalesce(max(version), 0) + 1 FROM config_version WHERE namespace = ? AND name = ?",
        namespace,
        name);
  }

  public final Optional<Long> newestVersion(String namespace, ContentRef content) {
    return switch (content.kind()) {
      case CONFIG ->
          find(
              Rows.NUMBER,
              "SELECT version FROM config WHERE namespace = ? AND name = ?",
              namespace,
              content.name());
      case SECRET ->
          find(
              Rows.NUMBER,
              "SELECT version FROM secret WHERE namespace = ? AND name = ?",
              namespace,
              content.name());
    };
  }

  public final Optional<List<String>> secretKeys(String namespace, String name, long version) {
    return find(
            Rows.TEXT,
            "SELECT keys_json FROM secret_version WHERE namespace = ? AND name = ? AND version ="
                + " coalesce(nullif(?, 0),"
                + " (SELECT version FROM secret WHERE namespace = ? AND name = ?))",
            namespace,
            name,
            version,
            namespace,
            name)
        .map(Json::list);
  }

  public final List<ContentUse> uses(String namespace, ContentRef content) {
    return list(
        ContentRows.USE,
        ContentRows.USES + " AND u.content = ? ORDER BY u.name, u.revision",
        namespace,
        content.kind().id(),
        content.name());
  }

  public final List<VolumeRecord> volumes(@Nullable String namespace) {
    Where where = new Where();
    where.equal("v.namespace", namespace);
    return list(
        ContentRows.VOLUME_ROW,
        "SELECT v.*, EXISTS (SELECT 1 FROM volume_removal r WHERE r.namespace = v.namespace"
            + " AND r.name = v.name) AS removing FROM volume v"
            + where
            + " ORDER BY v.namespace, v.name, v.runtime",
        where.arguments());
  }

  public final List<DeploymentKey> unpinnedUsers() {
    return list(
        (row, ctx) -> new DeploymentKey(row.getString(1), row.getString(2)),
        "SELECT DISTINCT u.namespace, u.name FROM content_use u JOIN deployment d"
            + " ON d.namespace = u.namespace AND d.name = u.name AND d.revision = u.revision"
            + " WHERE u.kind IN ('config', 'secret') AND u.version = 0 AND d.deleted = 0");
  }

  public final List<ContentUse> volumeUses(String namespace) {
    return list(
        ContentRows.USE,
        ContentRows.USES + " ORDER BY u.content, u.name, u.revision",
        namespace,
        ContentRows.VOLUME);
  }

  public final List<ConfigRecord> configs(@Nullable String namespace) {
    Where where = new Where();
    where.equal("namespace", namespace);
    return list(
        Rows.CONFIG,
        "SELECT * FROM config" + where + " ORDER BY namespace, name",
        where.arguments());
  }

  /** A WHERE clause of those conditions that apply. */
  static final class Where {
    private final StringBuilder sql = new StringBuilder();
    private final List<Object> arguments = new ArrayList<>();

    void equal(String column, @Nullable String value) {
      if (value != null) {
        and(column + " = ?", value);
      }
    }

    void and(String condition, Object... values) {
      sql.append(sql.isEmpty() ? " WHERE " : " AND ").append(condition);
      arguments.addAll(List.of(values));
    }

    Object[] arguments(Object... more) {
      arguments.addAll(List.of(more));
      return arguments.toArray();
    }

    @Override
    public String toString() {
      return sql.toString();
    }
  }
}
