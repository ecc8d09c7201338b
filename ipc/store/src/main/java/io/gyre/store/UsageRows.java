package io.gyre.store;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceUsage;
import io.gyre.model.UsagePoint;
import io.gyre.model.UsageSample;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** From rows to records: what instances use, and scaling by it. */
final class UsageRows {
  static final RowMapper<InstanceUsage> USAGE =
      (row, ctx) ->
          new InstanceUsage(
              new UsageSample(
                  new InstanceId(row.getString("instance")),
                  instant(row),
                  row.getLong("origin"),
                  row.getLong("raw_cpu_nanos"),
                  row.getLong("memory_bytes"),
                  optionalLong(row, "raw_received"),
                  optionalLong(row, "raw_sent")),
              new DeploymentKey(row.getString("namespace"), row.getString("deployment")),
              row.getLong("cpu_nanos"),
              optionalLong(row, "received"),
              optionalLong(row, "sent"),
              optionalLong(row, "cpu_millis"),
              optionalLong(row, "received_per_second"),
              optionalLong(row, "sent_per_second"));

  static final RowMapper<UsagePoint> POINT =
      (row, ctx) ->
          new UsagePoint(
              row.getString("subject"),
              instant(row),
              row.getLong("cpu_millis"),
              row.getLong("memory_bytes"),
              optionalLong(row, "received_per_second"),
              optionalLong(row, "sent_per_second"),
              row.getInt("instances"));

  static final RowMapper<Map.Entry<DeploymentKey, Autoscale>> POLICY =
      (row, ctx) -> Map.entry(key(row), AutoscaleJson.policy(row.getString("policy_json")));

  static final RowMapper<AutoscaleState> STATE =
      (row, ctx) ->
          AutoscaleJson.state(key(row), row.getString("uid"), row.getString("state_json"));

  private UsageRows() {}

  private static DeploymentKey key(ResultSet row) throws SQLException {
    return new DeploymentKey(row.getString("namespace"), row.getString("name"));
  }

  private static Instant instant(ResultSet row) throws SQLException {
    return Instant.ofEpochMilli(row.getLong("at"));
  }

  private static @Nullable Long optionalLong(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
