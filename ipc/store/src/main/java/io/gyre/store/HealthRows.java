package io.gyre.store;

import io.gyre.model.Condition;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Halt;
import io.gyre.model.HaltRecord;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.ProbeRecord;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** Rows about health and conditions, to records and back. */
final class HealthRows {
  static final RowMapper<HaltRecord> HALT =
      (row, ctx) ->
          new HaltRecord(
              new DeploymentKey(row.getString("namespace"), row.getString("name")),
              row.getString("uid"),
              row.getLong("generation"),
              new InstanceId(row.getString("instance")),
              row.getString("message"),
              Instant.ofEpochMilli(row.getLong("at")));

  static final RowMapper<ProbeRecord> PROBE =
      (row, ctx) ->
          new ProbeRecord(
              new InstanceId(row.getString("instance")),
              new DeploymentKey(row.getString("namespace"), row.getString("deployment")),
              row.getInt("idx"),
              row.getString("what"),
              row.getString("role"),
              Rows.optionalInstant(row, "run"),
              ProbeRecord.State.valueOf(row.getString("state")),
              Instant.ofEpochMilli(row.getLong("since")),
              Json.objects(row.getString("answers_json"), HealthRows::answer),
              Instant.ofEpochMilli(row.getLong("updated_at")));

  static final RowMapper<HealthRestart> RESTART =
      (row, ctx) ->
          new HealthRestart(
              new InstanceId(row.getString("instance")),
              row.getLong("restarts"),
              row.getInt("in_row"),
              Rows.optionalInstant(row, "run"),
              Rows.optionalInstant(row, "due_at"),
              row.getBoolean("commanded"),
              row.getString("message"));

  static final RowMapper<List<Condition>> CONDITIONS =
      (row, ctx) -> conditions(row.getString("conditions_json"));

  private HealthRows() {}

  static @Nullable Halt halt(ResultSet row) throws SQLException {
    String reason = row.getString("halt_reason");
    String message = row.getString("halt_message");
    return reason == null ? null : new Halt(reason, message == null ? "" : message);
  }

  static String answersJson(List<ProbeRecord.Answer> answers) {
    List<Object> all = new ArrayList<>();
    for (ProbeRecord.Answer answer : answers) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("ok", answer.ok());
      json.put("detail", answer.detail());
      json.put("first", answer.first().toEpochMilli());
      json.put("last", answer.last().toEpochMilli());
      json.put("times", answer.times());
      json.put("ms", answer.latencyMs());
      all.add(json);
    }
    return Json.write(all);
  }

  private static ProbeRecord.Answer answer(Json.Members json) {
    return new ProbeRecord.Answer(
        json.bool("ok", false),
        json.string("detail", ""),
        instant(json, "first"),
        instant(json, "last"),
        whole(json, "times"),
        whole(json, "ms"));
  }

  static String conditionsJson(List<Condition> conditions) {
    List<Object> all = new ArrayList<>();
    for (Condition condition : conditions) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("type", condition.type().name());
      json.put("status", condition.status().name());
      json.put("reason", condition.reason());
      if (condition.message() != null) {
        json.put("message", condition.message());
      }
      json.put("since", condition.since().toEpochMilli());
      json.put("generation", condition.observedGeneration());
      all.add(json);
    }
    return Json.write(all);
  }

  /** Without those that only a newer reconciler knows. */
  private static List<Condition> conditions(String json) {
    List<Condition> known = new ArrayList<>();
    for (Json.Members each : Json.objects(json, members -> members)) {
      for (Condition.Type type : Condition.Type.values()) {
        if (type.name().equals(each.string("type"))) {
          known.add(
              new Condition(
                  type,
                  Condition.Status.valueOf(each.string("status", "UNKNOWN")),
                  each.string("reason", ""),
                  each.string("message"),
                  instant(each, "since"),
                  whole(each, "generation")));
        }
      }
    }
    return known;
  }

  private static Instant instant(Json.Members json, String name) {
    return Instant.ofEpochMilli(whole(json, name));
  }

  private static long whole(Json.Members json, String name) {
    Long number = json.number(name);
    return number == null ? 0 : number;
  }
}
