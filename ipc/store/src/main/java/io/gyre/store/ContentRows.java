package io.gyre.store;

import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.mapper.RowMapper;

/** Versions of configs, who uses them, and the JSON of what a spec takes from them. */
final class ContentRows {
  static final RowMapper<ConfigVersion> VERSION =
      (row, ctx) ->
          new ConfigVersion(
              row.getString("namespace"),
              row.getString("name"),
              row.getLong("version"),
              Rows.content(row),
              Rows.instant(row, "created_at"),
              row.getString("correlation"),
              row.getString("actor"));

  /** The kind of a named volume in content_use. */
  static final String VOLUME = "volume";

  static final String USES =
      """
      SELECT u.namespace, u.name, u.revision, u.content, u.version,
        EXISTS (SELECT 1 FROM deployment d WHERE d.namespace = u.namespace AND d.name = u.name
          AND d.revision = u.revision AND d.deleted = 0) AS wanted
      FROM content_use u
      WHERE u.namespace = ? AND u.kind = ?\
      """;

  static final RowMapper<VolumeRecord> VOLUME_ROW =
      (row, ctx) ->
          new VolumeRecord(
              row.getString("namespace"),
              row.getString("name"),
              row.getString("runtime"),
              row.getBoolean("removing"));

  static final RowMapper<ContentUse> USE =
      (row, ctx) ->
          new ContentUse(
              new DeploymentKey(row.getString("namespace"), row.getString("name")),
              row.getLong("revision"),
              row.getString("content"),
              row.getLong("version"),
              row.getBoolean("wanted"));

  /** Versions that are neither among the newest of their config nor used by a kept revision. */
  static final String TRIM =
      """
      DELETE FROM config_version WHERE namespace = ? AND name = ?
        AND (NOT EXISTS (SELECT 1 FROM config c WHERE c.namespace = config_version.namespace
            AND c.name = config_version.name)
          OR version NOT IN (SELECT version FROM config_version
            WHERE namespace = ? AND name = ? ORDER BY version DESC LIMIT ?))
        AND version NOT IN (SELECT version FROM content_use
          WHERE namespace = ? AND kind = 'config' AND content = ?)
      """;

  /** Versions of configs that are gone and that no kept revision uses any more. */
  static final String FORGET =
      """
      DELETE FROM config_version WHERE namespace = ?
        AND NOT EXISTS (SELECT 1 FROM config c WHERE c.namespace = config_version.namespace
          AND c.name = config_version.name)
        AND NOT EXISTS (SELECT 1 FROM content_use u WHERE u.namespace = config_version.namespace
          AND u.kind = 'config' AND u.content = config_version.name
          AND u.version = config_version.version)
      """;

  private ContentRows() {}

  /** Without what has its default. */
  static Map<String, Object> write(Contents contents) {
    Map<String, Object> fields = new TreeMap<>();
    Contents.OnChange onChange = contents.onChange();
    if (onChange != null) {
      fields.put("onChange", onChange.name());
    }
    String signal = contents.signal();
    if (signal != null) {
      fields.put("signal", signal);
    }
    if (!contents.environment().isEmpty()) {
      Map<String, Object> variables = new TreeMap<>();
      contents.environment().forEach((name, entry) -> variables.put(name, write(entry)));
      fields.put("environment", variables);
    }
    if (!contents.environmentFrom().isEmpty()) {
      fields.put(
          "environmentFrom",
          contents.environmentFrom().stream()
              .map(all -> Map.of("content", all.content().id(), "prefix", all.prefix()))
              .toList());
    }
    if (!contents.versions().isEmpty()) {
      Map<String, Object> versions = new TreeMap<>();
      contents.versions().forEach((content, version) -> versions.put(content.id(), version));
      fields.put("versions", versions);
    }
    return fields;
  }

  private static Map<String, Object> write(Contents.Entry entry) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("content", entry.content().id());
    String key = entry.key();
    if (key != null) {
      fields.put("key", key);
    }
    return fields;
  }

  static Contents read(Json.Members json) {
    String onChange = json.string("onChange");
    Map<String, Contents.Entry> environment = new TreeMap<>();
    json.members("environment")
        .forEach(
            (name, entry) ->
                environment.put(name, new Contents.Entry(content(entry), entry.string("key"))));
    Map<ContentRef, Long> versions = new TreeMap<>();
    json.numbers("versions").forEach((id, version) -> versions.put(ContentRef.parse(id), version));
    return new Contents(
        onChange == null ? null : Contents.OnChange.valueOf(onChange),
        json.string("signal"),
        environment,
        json.objects(
            "environmentFrom", all -> new Contents.All(content(all), all.string("prefix", ""))),
        versions);
  }

  private static ContentRef content(Json.Members json) {
    String id = json.string("content");
    if (id == null) {
      throw new IllegalArgumentException("no member content");
    }
    return ContentRef.parse(id);
  }
}
