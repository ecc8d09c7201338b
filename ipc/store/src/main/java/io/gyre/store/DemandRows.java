package io.gyre.store;

import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Quota;
import io.gyre.model.Shortage;
import io.gyre.model.Usage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** What is asked of the host, and how much a namespace may ask for. */
final class DemandRows {
  static final String WANTED =
      """
      SELECT d.namespace, d.name, d.replicas, a.memory_bytes, a.cpu_millis
      FROM demand a JOIN deployment d USING (namespace, name, revision)
      WHERE d.deleted = 0 ORDER BY d.namespace, d.name
      """;

  static final String USAGE =
      """
      SELECT count(*), coalesce(sum(d.replicas), 0),
        coalesce(sum(d.replicas * a.memory_bytes), 0), coalesce(sum(d.replicas * a.cpu_millis), 0)
      FROM deployment d LEFT JOIN demand a USING (namespace, name, revision)
      WHERE d.namespace = ? AND d.deleted = 0
      """;

  static final String HELD =
      """
      SELECT i.namespace, i.deployment, sum(a.memory_bytes), sum(a.cpu_millis)
      FROM demand a JOIN instance i
        ON i.namespace = a.namespace AND i.deployment = a.name AND i.revision = a.revision
      WHERE NOT (i.state = 'PENDING' AND coalesce(i.reason, '') IN ('%s', '%s'))
      GROUP BY i.namespace, i.deployment
      """
          .formatted(Shortage.MEMORY, Shortage.CPU);

  static final RowMapper<WantedDemand> WANTED_ROW =
      (row, ctx) ->
          new WantedDemand(
              new DeploymentKey(row.getString(1), row.getString(2)),
              row.getInt(3),
              new Demand(row.getLong(4), row.getLong(5)));

  static final RowMapper<Usage> USAGE_ROW =
      (row, ctx) ->
          new Usage(row.getLong(1), row.getLong(2), new Demand(row.getLong(3), row.getLong(4)));

  static final RowMapper<Map.Entry<DeploymentKey, Demand>> HELD_ROW =
      (row, ctx) ->
          Map.entry(
              new DeploymentKey(row.getString(1), row.getString(2)),
              new Demand(row.getLong(3), row.getLong(4)));

  static final RowMapper<Map.Entry<String, Quota>> QUOTA_ROW =
      (row, ctx) ->
          Map.entry(
              row.getString("namespace"),
              new Quota(
                  bound(row, "deployments"),
                  bound(row, "instances"),
                  bound(row, "memory_bytes"),
                  bound(row, "cpu_millis")));

  private DemandRows() {}

  private static @Nullable Long bound(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
