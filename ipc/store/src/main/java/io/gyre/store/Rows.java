package io.gyre.store;

import io.gyre.model.BoundPort;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ConfigContent;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.PluginInfo;
import io.gyre.model.PortMapping;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RuntimeInfo;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** From rows to records, and from the parts of records to columns. */
final class Rows {
  static final RowMapper<DesiredDeployment> DEPLOYMENT =
      (row, ctx) ->
          new DesiredDeployment(
              new DeploymentKey(row.getString("namespace"), row.getString("name")),
              row.getString("uid"),
              row.getLong("generation"),
              row.getLong("revision"),
              row.getInt("replicas"),
              row.getLong("restart_nonce"),
              row.getBoolean("deleted"),
              SpecJson.read(row.getString("spec_json")),
              RolloutJson.read(row.getString("rollout_json")),
              dependencies(row.getString("depends_json")),
              row.getBoolean("paused"),
              row.getLong("promoted"),
              instant(row, "created_at"),
              instant(row, "updated_at"),
              row.getString("correlation"),
              HealthRows.halt(row),
              JobJson.read(row.getString("job_json")));

  /** By position, since a full pass reads thousands. */
  static final RowMapper<DesiredVersion> VERSION =
      (row, ctx) ->
          new DesiredVersion(
              new DeploymentKey(row.getString(1), row.getString(2)),
              row.getString(3),
              row.getLong(4));

  static final RowMapper<RolloutRecord> ROLLOUT =
      (row, ctx) ->
          new RolloutRecord(
              new DeploymentKey(row.getString("namespace"), row.getString("name")),
              row.getString("uid"),
              row.getLong("revision"),
              RolloutRecord.State.valueOf(row.getString("state")),
              row.getString("reason"),
              row.getString("message"),
              row.getInt("ready"),
              instant(row, "started_at"),
              instant(row, "progressed_at"),
              optionalInstant(row, "completed_at"));

  static final RowMapper<RevisionRecord> REVISION =
      (row, ctx) ->
          new RevisionRecord(
              new DeploymentKey(row.getString("namespace"), row.getString("name")),
              row.getLong("revision"),
              row.getString("spec_hash"),
              instant(row, "created_at"),
              row.getString("correlation"),
              row.getString("actor"));

  static final RowMapper<InstanceRecord> INSTANCE =
      (row, ctx) ->
          new InstanceRecord(
              new InstanceId(row.getString("id")),
              new DeploymentKey(row.getString("namespace"), row.getString("deployment")),
              row.getLong("revision"),
              row.getInt("ordinal"),
              row.getString("runtime"),
              row.getBoolean("removing"),
              instanceState(row.getString("state")),
              row.getBoolean("ready"),
              optionalLong(row, "pid"),
              row.getString("handle"),
              row.getString("address"),
              Json.objects(row.getString("ports_json"), Rows::port),
              row.getLong("restarts"),
              row.getLong("restart_nonce"),
              instant(row, "created_at"),
              optionalInstant(row, "started_at"),
              optionalInstant(row, "next_start_at"),
              exit(row),
              row.getString("reason"),
              row.getString("message"),
              row.getString("correlation"),
              instant(row, "updated_at"));

  static final RowMapper<DeploymentStatus> STATUS =
      (row, ctx) ->
          new DeploymentStatus(
              new DeploymentKey(row.getString("namespace"), row.getString("name")),
              row.getLong("observed_generation"),
              DeploymentPhase.valueOf(row.getString("phase")),
              row.getInt("ready"),
              row.getInt("total"),
              row.getString("reason"),
              row.getString("message"),
              instant(row, "since"),
              instant(row, "updated_at"));

  static final RowMapper<NamespaceRecord> NAMESPACE =
      (row, ctx) ->
          new NamespaceRecord(
              row.getString("name"), instant(row, "created_at"), row.getBoolean("deleting"));

  static final RowMapper<ConfigRecord> CONFIG =
      (row, ctx) ->
          new ConfigRecord(
              row.getString("namespace"),
              row.getString("name"),
              content(row),
              Json.strings(row.getString("labels_json")),
              instant(row, "updated_at"),
              row.getLong("version"));

  static ConfigContent content(ResultSet row) throws SQLException {
    return new ConfigContent(
        Json.strings(row.getString("entries_json")),
        Json.strings(row.getString("binary_json")),
        Json.strings(row.getString("templates_json")));
  }

  static final RowMapper<RuntimeInfo> RUNTIME =
      (row, ctx) ->
          new RuntimeInfo(
              row.getString("name"),
              row.getString("version"),
              RuntimeInfo.State.valueOf(row.getString("state")),
              row.getString("message"),
              Set.copyOf(Json.list(row.getString("capabilities_json"))),
              row.getString("source"),
              instant(row, "since"));

  static final RowMapper<PluginInfo> PLUGIN =
      (row, ctx) ->
          new PluginInfo(
              row.getString("file"),
              row.getString("id"),
              row.getString("version"),
              row.getString("runtime"),
              PluginInfo.State.valueOf(row.getString("state")),
              row.getString("sha256"),
              row.getString("signed_by"),
              row.getString("rollback_to"),
              row.getString("message"),
              instant(row, "since"));

  static final RowMapper<EventRecord> EVENT =
      (row, ctx) ->
          new EventRecord(
              row.getLong("seq"),
              instant(row, "at"),
              EventRecord.Level.valueOf(row.getString("level")),
              row.getString("namespace"),
              row.getString("deployment"),
              row.getString("instance"),
              row.getString("reason"),
              row.getString("message"),
              row.getString("correlation"));

  static final RowMapper<ChangeRecord> CHANGE =
      (row, ctx) ->
          new ChangeRecord(
              row.getLong("seq"),
              instant(row, "at"),
              row.getString("actor"),
              row.getString("verb"),
              row.getString("namespace"),
              row.getString("name"),
              row.getLong("generation"),
              row.getString("detail"),
              row.getString("correlation"));

  static final RowMapper<TokenRecord> TOKEN =
      (row, ctx) ->
          new TokenRecord(
              row.getString("id"),
              row.getString("name"),
              row.getString("sha256"),
              row.getString("role"),
              instant(row, "created_at"),
              optionalInstant(row, "expires_at"),
              row.getString("owner"),
              Json.list(row.getString("scopes_json")),
              Json.list(row.getString("namespaces_json")),
              row.getString("created_by"),
              optionalInstant(row, "last_used_at"),
              row.getString("previous_sha256"),
              optionalInstant(row, "previous_until"));

  static final RowMapper<Map.Entry<InstanceState, Long>> STATE_COUNT =
      (row, ctx) -> Map.entry(instanceState(row.getString(1)), row.getLong(2));
  static final RowMapper<Long> NUMBER = (row, ctx) -> row.getLong(1);
  static final RowMapper<String> TEXT = (row, ctx) -> row.getString(1);

  private Rows() {}

  static String portsJson(List<BoundPort> ports) {
    return Json.write(ports.stream().map(Rows::port).toList());
  }

  /** What a newer reconciler may have added is shown as unknown rather than not at all. */
  private static InstanceState instanceState(String name) {
    for (InstanceState state : InstanceState.values()) {
      if (state.name().equals(name)) {
        return state;
      }
    }
    return InstanceState.UNKNOWN;
  }

  static String dependenciesJson(List<Dependency> dependencies) {
    TreeMap<String, String> json = new TreeMap<>();
    dependencies.forEach(each -> json.put(each.deployment(), each.condition().name()));
    return Json.write(json);
  }

  private static List<Dependency> dependencies(String json) {
    return Json.strings(json).entrySet().stream()
        .map(
            entry -> new Dependency(entry.getKey(), Dependency.Condition.valueOf(entry.getValue())))
        .toList();
  }

  static @Nullable Long millis(@Nullable Instant instant) {
    return instant == null ? null : instant.toEpochMilli();
  }

  private static Map<String, Object> port(BoundPort port) {
    Map<String, Object> json = new TreeMap<>();
    json.put("name", port.name());
    json.put("hostIp", port.hostIp());
    json.put("port", port.port());
    json.put("target", port.target());
    json.put("protocol", port.protocol().name());
    return json;
  }

  private static BoundPort port(Json.Members json) {
    return new BoundPort(
        json.string("name", ""),
        json.string("hostIp", ""),
        json.number("port", 0),
        json.number("target", 0),
        PortMapping.Protocol.valueOf(json.string("protocol", PortMapping.Protocol.TCP.name())));
  }

  private static @Nullable ExitRecord exit(ResultSet row) throws SQLException {
    Instant at = optionalInstant(row, "exit_at");
    return at == null
        ? null
        : new ExitRecord(row.getInt("exit_code"), at, Json.list(row.getString("exit_lines_json")));
  }

  static Instant instant(ResultSet row, String column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  static @Nullable Instant optionalInstant(ResultSet row, String column) throws SQLException {
    Long millis = optionalLong(row, column);
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  private static @Nullable Long optionalLong(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
