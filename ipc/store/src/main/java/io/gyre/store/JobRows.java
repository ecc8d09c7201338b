package io.gyre.store;

import io.gyre.model.BootTime;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** From the rows of jobs to records. */
final class JobRows {
  static final RowMapper<JobRequest> REQUEST =
      (row, ctx) ->
          new JobRequest(
              row.getLong("seq"),
              key(row),
              row.getString("uid"),
              JobRequest.Kind.valueOf(row.getString("kind")),
              row.getLong("run"),
              row.getString("actor"),
              Instant.ofEpochMilli(row.getLong("at")),
              row.getString("correlation"));

  static final RowMapper<JobRecord> JOB =
      (row, ctx) ->
          new JobRecord(
              key(row),
              row.getString("uid"),
              row.getLong("last_run"),
              row.getLong("revision"),
              row.getLong("request"),
              row.getString("schedule"),
              Rows.optionalInstant(row, "decided_until"));

  static final RowMapper<JobRun> RUN =
      (row, ctx) -> {
        JobPolicy policy = JobJson.read(row.getString("policy_json"));
        return new JobRun(
            key(row),
            row.getString("uid"),
            row.getLong("number"),
            row.getLong("revision"),
            JobRun.Trigger.valueOf(row.getString("started_by")),
            row.getString("actor"),
            row.getLong("request"),
            Rows.optionalInstant(row, "scheduled_at"),
            policy == null ? JobPolicy.DEFAULT : policy,
            JobRun.State.valueOf(row.getString("state")),
            Instant.ofEpochMilli(row.getLong("created_at")),
            Rows.optionalInstant(row, "started_at"),
            clock(row),
            Rows.optionalInstant(row, "ended_at"),
            optionalInt(row, "exit_code"),
            row.getString("reason"),
            row.getString("message"),
            row.getString("correlation"));
      };

  static final RowMapper<JobAttempt> ATTEMPT =
      (row, ctx) ->
          new JobAttempt(
              key(row),
              row.getLong("run"),
              row.getInt("number"),
              row.getInt("position"),
              new InstanceId(row.getString("instance")),
              JobAttempt.State.valueOf(row.getString("state")),
              Instant.ofEpochMilli(row.getLong("created_at")),
              Rows.optionalInstant(row, "ended_at"),
              optionalInt(row, "exit_code"),
              row.getString("message"));

  private JobRows() {}

  private static DeploymentKey key(ResultSet row) throws SQLException {
    return new DeploymentKey(row.getString("namespace"), row.getString("name"));
  }

  private static @Nullable BootTime clock(ResultSet row) throws SQLException {
    String boot = row.getString("boot_id");
    return boot == null ? null : new BootTime(boot, row.getLong("uptime_ms"));
  }

  private static @Nullable Integer optionalInt(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value;
  }
}
