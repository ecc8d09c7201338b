package io.gyre.manifest;

import io.gyre.model.Cron;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobSchedule;
import io.gyre.model.JobSchedule.Concurrency;
import io.gyre.model.WorkloadKind;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code job} and {@code schedule}. */
final class JobDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of(
              "completions",
              "parallelism",
              "retries",
              "retry_delay",
              "timeout",
              "ttl",
              "keep_runs"),
          Order.of(),
          Map.of(
              "schedule", "it belongs beside job",
              "backoff_limit", "use retries",
              "active_deadline", "use timeout"));

  static final Keys SCHEDULE =
      new Keys(
          Order.of("cron", "time_zone", "concurrency", "starting_deadline", "suspend"),
          Order.of("every", "jitter"),
          Map.of("keep_runs", "it belongs to job", "timezone", "use time_zone"));

  private static final Map<String, Concurrency> CONCURRENCIES = new LinkedHashMap<>();
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MONTH = Duration.ofDays(30);
  private static final Duration YEAR = Duration.ofDays(365);

  static {
    for (Concurrency each : Concurrency.values()) {
      CONCURRENCIES.put(each.id(), each);
    }
  }

  private JobDecoder() {}

  /** Null for a worker; something, after a problem, where it's wrong. */
  static @Nullable JobPolicy decode(Fields deployment, WorkloadKind kind) {
    Value job = deployment.get("job");
    Value schedule = deployment.get("schedule");
    if (kind != WorkloadKind.JOB) {
      refuse(job, "only a deployment of kind: job has it");
      refuse(schedule, "only a deployment of kind: job has it");
      return null;
    }
    refuse(deployment.get("replicas"), "a job has none; use job.completions and job.parallelism");
    refuse(deployment.get("rollout"), "a job has none: a new revision is a new run");
    refuse(deployment.get("health_checks"), "a job has none: it is well when it exits with code 0");
    refuse(deployment.get("autoscale"), "a job has none; use job.parallelism");
    JobPolicy usual = JobPolicy.DEFAULT;
    JobSchedule times = schedule == null ? null : schedule(schedule);
    Fields fields = job == null ? null : job.fields(KEYS, "a map, as in {retries: 3}");
    if (fields == null) {
      return new JobPolicy(
          usual.completions(),
          usual.parallelism(),
          usual.retries(),
          usual.retryDelay(),
          usual.timeout(),
          usual.ttl(),
          usual.keepRuns(),
          times);
    }
    Integer completions = number(fields, "completions", usual.completions(), 1, 1000);
    Integer parallelism = number(fields, "parallelism", usual.parallelism(), 1, 100);
    Integer retries = number(fields, "retries", usual.retries(), 0, 100);
    Integer keepRuns = number(fields, "keep_runs", usual.keepRuns(), 1, 100);
    Duration delay = duration(fields, "retry_delay", usual.retryDelay(), Duration.ZERO, HOUR);
    Duration ttl = duration(fields, "ttl", usual.ttl(), Duration.ZERO, YEAR);
    Value timeoutValue = fields.get("timeout");
    Duration timeout = timeoutValue == null ? null : Durations.read(timeoutValue, SECOND, MONTH);
    if (completions == null
        || parallelism == null
        || retries == null
        || keepRuns == null
        || delay == null
        || ttl == null) {
      return usual;
    }
    return new JobPolicy(completions, parallelism, retries, delay, timeout, ttl, keepRuns, times);
  }

  private static void refuse(@Nullable Value value, String why) {
    if (value != null) {
      value.problem("kind_conflict", why);
    }
  }

  private static @Nullable Integer number(
      Fields fields, String name, int otherwise, int min, int max) {
    Value value = fields.get(name);
    return value == null ? Integer.valueOf(otherwise) : value.integer(min, max);
  }

  private static @Nullable Duration duration(
      Fields fields, String name, Duration otherwise, Duration min, Duration max) {
    Value value = fields.get(name);
    return value == null ? otherwise : Durations.read(value, min, max);
  }

  private static @Nullable JobSchedule schedule(Value value) {
    if (value.isScalar()) {
      String cron = cron(value);
      return cron == null
          ? null
          : new JobSchedule(cron, null, Concurrency.FORBID, JobSchedule.STARTING_DEADLINE, false);
    }
    Fields fields = value.fields(SCHEDULE, "a text such as \"*/5 * * * *\", or a map with cron");
    Value cronValue = fields == null ? null : fields.require("cron", "when, as in \"*/5 * * * *\"");
    if (fields == null) {
      return null;
    }
    String cron = cronValue == null ? null : cron(cronValue);
    Value zoneValue = fields.get("time_zone");
    String zone = zoneValue == null ? null : zone(zoneValue);
    Value concurrencyValue = fields.get("concurrency");
    Concurrency concurrency =
        concurrencyValue == null ? Concurrency.FORBID : concurrencyValue.oneOf(CONCURRENCIES);
    Duration deadline =
        duration(
            fields,
            "starting_deadline",
            JobSchedule.STARTING_DEADLINE,
            SECOND.multipliedBy(10),
            Duration.ofDays(7));
    Value suspendValue = fields.get("suspend");
    Boolean suspend = suspendValue == null ? Boolean.FALSE : suspendValue.bool();
    return cron == null || concurrency == null || deadline == null || suspend == null
        ? null
        : new JobSchedule(cron, zone, concurrency, deadline, suspend);
  }

  private static @Nullable String cron(Value value) {
    String text = value.text("a schedule such as \"*/5 * * * *\"");
    if (text == null) {
      return null;
    }
    try {
      Cron.parse(text);
      return String.join(" ", List.of(text.strip().split("\\s+", -1)));
    } catch (IllegalArgumentException e) {
      value.problem("invalid", String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static @Nullable String zone(Value value) {
    String text = value.text("a time zone such as Europe/Berlin");
    if (text == null) {
      return null;
    }
    try {
      return ZoneId.of(text).getId();
    } catch (DateTimeException e) {
      value.problem(
          "invalid",
          "unknown time zone "
              + Excerpt.quoted(text)
              + "; use a name such as Europe/Berlin or UTC"
              + Suggestion.question(text, ZoneId.getAvailableZoneIds()));
      return null;
    }
  }
}
