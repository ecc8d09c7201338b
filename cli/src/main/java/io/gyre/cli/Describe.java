package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** Parts of resources in few words. */
final class Describe {
  static final int SHORT_ID = 12;

  /** Ids of containers are at least this long. */
  private static final int CONTAINER_ID = 32;

  private Describe() {}

  /** The image, or the command as one line. */
  static String whatRuns(JsonNode item) {
    JsonNode spec = item.path("spec");
    for (JsonNode candidate :
        new JsonNode[] {
          item.path("image"),
          item.path("command"),
          spec.path("image"),
          spec.path("container").path("image"),
          spec.path("process").path("argv"),
          spec.path("process").path("command")
        }) {
      String text = candidate.isArray() ? words(candidate) : candidate.asText("");
      if (!text.isEmpty() && !candidate.isNull()) {
        return text;
      }
    }
    return "";
  }

  static String words(JsonNode array) {
    StringBuilder text = new StringBuilder();
    for (JsonNode word : array) {
      if (!text.isEmpty()) {
        text.append(' ');
      }
      text.append(word.asText());
    }
    return text.toString();
  }

  /** The message, else the reason, else nothing. */
  static String reason(JsonNode item) {
    String message = Json.text(item, "message");
    return message.isEmpty() ? Json.text(item, "reason") : message;
  }

  /** As in {@code 127.0.0.1:20001, 0.0.0.0:53->53/udp}. */
  static String ports(JsonNode instance) {
    StringBuilder text = new StringBuilder();
    for (JsonNode port : instance.path("ports")) {
      if (!text.isEmpty()) {
        text.append(", ");
      }
      long published = Json.number(port, "port");
      long target = Json.number(port, "target");
      text.append(Json.text(port, "host_ip")).append(':').append(published);
      if (target != 0 && target != published) {
        text.append("->").append(target);
      }
      String protocol = Json.text(port, "protocol");
      if (!protocol.isEmpty() && !protocol.equalsIgnoreCase("tcp")) {
        text.append('/').append(protocol);
      }
    }
    return text.toString();
  }

  /** The container, shortened as its engine does, else the pid. */
  static String process(JsonNode instance) {
    String container = Json.text(instance, "container_id");
    return container.length() >= CONTAINER_ID
        ? container.substring(0, SHORT_ID)
        : Json.text(instance, "pid");
  }

  /** When a job runs; empty where it runs once per revision. */
  static String schedule(JsonNode job) {
    JsonNode schedule = job.path("schedule");
    String zone = Json.text(schedule, "time_zone");
    return Json.text(schedule, "cron")
        + (zone.isEmpty() ? "" : " " + zone)
        + (Json.flag(schedule, "suspend") ? " (suspended)" : "");
  }

  /** As in {@code 2/3}: what is ready of what is wanted, or completed of what is to be. */
  static String count(JsonNode deployment) {
    JsonNode job = deployment.path("job");
    JsonNode last = job.path("last_run");
    long wanted =
        job.isObject()
            ? Json.number(last.isObject() ? last : job, "completions")
            : Json.number(deployment, "replicas");
    return Json.number(deployment, "ready") + "/" + wanted;
  }

  /** As in {@code code 1, 3m ago} or {@code signal 9 (code 137), 5s ago}. */
  static String lastExit(JsonNode instance, long nowMs) {
    JsonNode exit = instance.path("last_exit");
    if (!exit.isObject()) {
      return "";
    }
    long signal = Json.number(exit, "signal");
    String code = "code " + Json.text(exit, "code");
    String how = signal == 0 ? code : "signal " + signal + " (" + code + ")";
    return how + ", " + Times.age(Json.text(exit, "at"), nowMs) + " ago";
  }

  /** As in {@code 2 to 6, cpu 35% of 70%}; empty where it isn't scaled by its load. */
  static String autoscale(JsonNode autoscale) {
    if (!autoscale.isObject()) {
      return "";
    }
    return Json.text(autoscale, "min")
        + " to "
        + Json.text(autoscale, "max")
        + aim(autoscale, "cpu")
        + aim(autoscale, "memory");
  }

  private static String aim(JsonNode autoscale, String resource) {
    if (!autoscale.has(resource + "_aim_percent")) {
      return "";
    }
    String now = Amounts.percent(autoscale, resource + "_percent");
    return ", "
        + resource
        + " "
        + (now.isEmpty() ? "?" : now)
        + " of "
        + Amounts.percent(autoscale, resource + "_aim_percent");
  }
}
