package io.gyre.store;

import io.gyre.model.DeploymentKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** Statements about sealed values and secrets, on the connection of a session. */
final class SessionSecrets implements SecretTx {
  private static final RowMapper<SecretRecord> SECRET =
      (row, ctx) ->
          new SecretRecord(
              row.getString("namespace"),
              row.getString("name"),
              row.getLong("version"),
              Rows.instant(row, "created_at"),
              Rows.instant(row, "updated_at"));

  private static final RowMapper<SecretVersion> VERSION =
      (row, ctx) ->
          new SecretVersion(
              row.getString("namespace"),
              row.getString("name"),
              row.getLong("version"),
              Json.list(row.getString("keys_json")),
              row.getString("digest"),
              Rows.instant(row, "created_at"),
              row.getString("correlation"),
              row.getString("actor"));

  private static final RowMapper<SealedRecord> SEALED =
      (row, ctx) ->
          new SealedRecord(
              new SealedName(
                  row.getString("purpose"),
                  row.getString("namespace"),
                  row.getString("name"),
                  row.getLong("version")),
              row.getBytes("sealed"),
              row.getString("kek_id"));

  private static final RowMapper<Map.Entry<String, Long>> COUNT =
      (row, ctx) -> Map.entry(row.getString(1), row.getLong(2));

  private static final String TRIM =
      """
      DELETE FROM secret_version WHERE namespace = ? AND name = ?
        AND (NOT EXISTS (SELECT 1 FROM secret s WHERE s.namespace = secret_version.namespace
            AND s.name = secret_version.name)
          OR version NOT IN (SELECT version FROM secret_version
            WHERE namespace = ? AND name = ? ORDER BY version DESC LIMIT ?))
        AND version NOT IN (SELECT version FROM content_use
          WHERE namespace = ? AND kind = 'secret' AND content = ?)
      """;

  private static final String TRIM_ENVELOPES =
      """
      DELETE FROM sealed_value WHERE purpose = ? AND namespace = ? AND name = ?
        AND NOT EXISTS (SELECT 1 FROM secret_version v WHERE v.namespace = sealed_value.namespace
          AND v.name = sealed_value.name AND v.version = sealed_value.version)
      """;

  private static final String FORGET =
      """
      DELETE FROM secret_version WHERE namespace = ?
        AND NOT EXISTS (SELECT 1 FROM secret s WHERE s.namespace = secret_version.namespace
          AND s.name = secret_version.name)
        AND NOT EXISTS (SELECT 1 FROM content_use u WHERE u.namespace = secret_version.namespace
          AND u.kind = 'secret' AND u.content = secret_version.name
          AND u.version = secret_version.version)
      """;

  private static final String FORGET_ENVELOPES =
      """
      DELETE FROM sealed_value WHERE purpose = ? AND namespace = ?
        AND NOT EXISTS (SELECT 1 FROM secret_version v WHERE v.namespace = sealed_value.namespace
          AND v.name = sealed_value.name AND v.version = sealed_value.version)
      """;

  private final SessionReader session;

  SessionSecrets(SessionReader session) {
    this.session = session;
  }

  @Override
  public List<SecretRecord> secrets(@Nullable String namespace) {
    return namespace == null
        ? session.list(SECRET, "SELECT * FROM secret ORDER BY namespace, name")
        : session.list(SECRET, "SELECT * FROM secret WHERE namespace = ? ORDER BY name", namespace);
  }

  @Override
  public Optional<SecretRecord> secret(String namespace, String name) {
    return session.find(
        SECRET, "SELECT * FROM secret WHERE namespace = ? AND name = ?", namespace, name);
  }

  @Override
  public Optional<SecretVersion> secretVersion(String namespace, String name, long version) {
    return session.find(
        VERSION,
        "SELECT * FROM secret_version WHERE namespace = ? AND name = ? AND version = ?",
        namespace,
        name,
        version);
  }

  @Override
  public List<SecretVersion> secretVersions(String namespace, String name) {
    return session.list(
        VERSION,
        "SELECT * FROM secret_version WHERE namespace = ? AND name = ? ORDER BY version DESC",
        namespace,
        name);
  }

  @Override
  public Optional<SealedRecord> sealed(SealedName name) {
    return session.find(
        SEALED,
        "SELECT * FROM sealed_value"
            + " WHERE purpose = ? AND namespace = ? AND name = ? AND version = ?",
        name.purpose(),
        name.namespace(),
        name.name(),
        name.version());
  }

  @Override
  public Map<String, Long> sealedByKey() {
    Map<String, Long> counts = new LinkedHashMap<>();
    session
        .list(COUNT, "SELECT kek_id, count(*) FROM sealed_value GROUP BY kek_id ORDER BY kek_id")
        .forEach(each -> counts.put(each.getKey(), each.getValue()));
    return counts;
  }

  @Override
  public List<SealedRecord> sealedByOthers(String keyId, int limit) {
    return session.list(
        SEALED, "SELECT * FROM sealed_value WHERE kek_id <> ? LIMIT ?", keyId, limit);
  }

  @Override
  public void putSealed(SealedRecord value) {
    session.execute(
        """
        INSERT INTO sealed_value (purpose, namespace, name, version, sealed, kek_id)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET sealed = excluded.sealed, kek_id = excluded.kek_id
        """,
        value.name().purpose(),
        value.name().namespace(),
        value.name().name(),
        value.name().version(),
        value.sealed(),
        value.keyId());
  }

  @Override
  public boolean rewrap(SealedRecord before, SealedRecord after) {
    return session.execute(
            "UPDATE sealed_value SET sealed = ?, kek_id = ? WHERE purpose = ? AND namespace = ?"
                + " AND name = ? AND version = ? AND sealed = ?",
            after.sealed(),
            after.keyId(),
            before.name().purpose(),
            before.name().namespace(),
            before.name().name(),
            before.name().version(),
            before.sealed())
        > 0;
  }

  @Override
  public void keepRegistryPasswords(DeploymentKey deployment, Set<SealedName> kept) {
    String prefix = SealedName.registryPrefix(deployment);
    List<SealedRecord> all =
        session.list(
            SEALED,
            "SELECT * FROM sealed_value WHERE purpose = ? AND namespace = ?"
                + " AND substr(name, 1, ?) = ?",
            SealedName.registryPurpose(),
            deployment.namespace(),
            prefix.length(),
            prefix);
    for (SealedRecord each : all) {
      if (!kept.contains(each.name())) {
        deleteSealed(each.name());
      }
    }
  }

  @Override
  public boolean deleteSealed(SealedName name) {
    return session.execute(
            "DELETE FROM sealed_value"
                + " WHERE purpose = ? AND namespace = ? AND name = ? AND version = ?",
            name.purpose(),
            name.namespace(),
            name.name(),
            name.version())
        > 0;
  }

  @Override
  public long nextSecretVersion(String namespace, String name) {
    return session.number(
        "SELECT coalesce(max(version), 0) + 1 FROM secret_version WHERE namespace = ? AND name = ?",
        namespace,
        name);
  }

  @Override
  public void addSecretVersion(SecretVersion version, SealedRecord entries) {
    long at = version.createdAt().toEpochMilli();
    session.execute(
        "INSERT INTO namespace (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        version.namespace(),
        at);
    session.requireOpen(version.namespace());
    session.execute(
        """
        INSERT INTO secret (namespace, name, version, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at
        """,
        version.namespace(),
        version.name(),
        version.version(),
        at,
        at);
    session.execute(
        """
        INSERT INTO secret_version (namespace, name, version, keys_json, digest, created_at,
            correlation, actor)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        version.namespace(),
        version.name(),
        version.version(),
        Json.write(version.keys()),
        version.digest(),
        at,
        version.correlation(),
        version.actor());
    putSealed(entries);
    trim(version.namespace(), version.name());
  }

  @Override
  public boolean deleteSecret(String namespace, String name) {
    boolean existed =
        session.execute("DELETE FROM secret WHERE namespace = ? AND name = ?", namespace, name) > 0;
    trim(namespace, name);
    return existed;
  }

  private void trim(String namespace, String name) {
    session.execute(TRIM, namespace, name, namespace, name, KEPT_VERSIONS, namespace, name);
    session.execute(TRIM_ENVELOPES, SecretVersion.PURPOSE, namespace, name);
  }

  /** Drops versions of secrets that are gone and that no kept revision uses any more. */
  void forget(String namespace) {
    session.execute(FORGET, namespace);
    session.execute(FORGET_ENVELOPES, SecretVersion.PURPOSE, namespace);
  }
}
