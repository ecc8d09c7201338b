package io.gyre.store;

import io.gyre.model.JobPolicy;
import io.gyre.model.JobSchedule;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The policy of a job as JSON text; empty text stands for none. */
final class JobJson {
  private JobJson() {}

  static String write(@Nullable JobPolicy policy) {
    if (policy == null) {
      return "";
    }
    TreeMap<String, Object> fields = new TreeMap<>();
    fields.put("completions", policy.completions());
    fields.put("parallelism", policy.parallelism());
    fields.put("retries", policy.retries());
    fields.put("retryDelay", policy.retryDelay().toString());
    Duration timeout = policy.timeout();
    if (timeout != null) {
      fields.put("timeout", timeout.toString());
    }
    fields.put("ttl", policy.ttl().toString());
    fields.put("keepRuns", policy.keepRuns());
    JobSchedule schedule = policy.schedule();
    if (schedule != null) {
      fields.put("schedule", schedule(schedule));
    }
    return Json.write(fields);
  }

  static @Nullable JobPolicy read(String json) {
    if (json.isEmpty()) {
      return null;
    }
    JobPolicy usual = JobPolicy.DEFAULT;
    Json.Members fields = Json.object(json);
    String timeout = fields.string("timeout");
    return new JobPolicy(
        fields.number("completions", usual.completions()),
        fields.number("parallelism", usual.parallelism()),
        fields.number("retries", usual.retries()),
        Duration.parse(fields.string("retryDelay", usual.retryDelay().toString())),
        timeout == null ? null : Duration.parse(timeout),
        Duration.parse(fields.string("ttl", usual.ttl().toString())),
        fields.number("keepRuns", usual.keepRuns()),
        fields.object("schedule", JobJson::schedule));
  }

  private static Map<String, Object> schedule(JobSchedule schedule) {
    TreeMap<String, Object> fields = new TreeMap<>();
    fields.put("cron", schedule.cron());
    String zone = schedule.timeZone();
    if (zone != null) {
      fields.put("timeZone", zone);
    }
    fields.put("concurrency", schedule.concurrency().name());
    fields.put("startingDeadline", schedule.startingDeadline().toString());
    fields.put("suspend", schedule.suspend());
    return fields;
  }

  private static JobSchedule schedule(Json.Members fields) {
    return new JobSchedule(
        fields.string("cron", ""),
        fields.string("timeZone"),
        JobSchedule.Concurrency.valueOf(
            fields.string("concurrency", JobSchedule.Concurrency.FORBID.name())),
        Duration.parse(fields.string("startingDeadline", JobSchedule.STARTING_DEADLINE.toString())),
        fields.bool("suspend", false));
  }
}
