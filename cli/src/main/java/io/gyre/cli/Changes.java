package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What {@code POST /v1/apply} did or would do, in words. */
final class Changes {
  private Changes() {}

  static boolean isChange(JsonNode change) {
    String action = Json.text(change, "action");
    return !action.equals("unchanged") && !action.equals("none");
  }

  static long count(JsonNode answer) {
    long count = 0;
    for (JsonNode change : answer.path("changes")) {
      count += isChange(change) ? 1 : 0;
    }
    return count;
  }

  /** As in {@code deployment default/web created (revision 1, 2 replicas)}. */
  static String line(JsonNode change, boolean dryRun) {
    String action = Json.text(change, "action");
    String done =
        switch (action) {
          case "create" -> "created";
          case "update" -> "updated";
          case "scale" -> "scaled";
          case "delete" -> "deleted";
          case "none" -> "unchanged";
          default -> action;
        };
    String details = details(change);
    return subject(change)
        + " "
        + done
        + (details.isEmpty() ? "" : " (" + details + ")")
        + (dryRun ? " (dry run)" : "");
  }

  /** The lines of a plan: a sign, the change, and each field that differs. */
  static List<String> plan(JsonNode change) {
    List<String> lines = new ArrayList<>();
    String action = Json.text(change, "action");
    String sign =
        switch (action) {
          case "create" -> "+";
          case "update", "scale" -> "~";
          case "delete" -> "-";
          default -> "=";
        };
    String details = details(change);
    lines.add(
        sign
            + " "
            + subject(change)
            + " "
            + (isChange(change) ? action : "unchanged")
            + (details.isEmpty() ? "" : " (" + details + ")"));
    if (!action.equals("create")) {
      for (JsonNode field : change.path("fields")) {
        lines.add(field(field));
      }
    }
    return lines;
  }

  /** A field that differs, indented. */
  static String field(JsonNode field) {
    return "    "
        + Json.text(field, "path")
        + ": "
        + value(field.path("from"))
        + " -> "
        + value(field.path("to"));
  }

  private static String value(JsonNode value) {
    return value.isNull() || value.isMissingNode() ? "(none)" : Table.oneLine(value.asText());
  }

  private static String subject(JsonNode change) {
    String namespace = Json.text(change, "namespace");
    String kind = Json.text(change, "kind");
    String name = Json.text(change, "name");
    boolean plain = kind.equals("namespace") || namespace.isEmpty();
    return kind + " " + (plain ? name : namespace + "/" + name);
  }

  private static String details(JsonNode change) {
    String reason = Json.text(change, "reason");
    if (!Json.text(change, "kind").equals("deployment")) {
      return reason;
    }
    List<String> details = new ArrayList<>();
    String revision = Json.text(change, "revision");
    if (!revision.isEmpty()) {
      details.add("revision " + revision);
    }
    JsonNode replicas = change.path("replicas");
    boolean create = Json.text(change, "action").equals("create");
    if (replicas.isObject() && isChange(change)) {
      details.add(replicas(replicas, create));
    }
    String strategy =
        Json.text(change, "action").equals("update") ? Json.text(change, "strategy") : "";
    if (!strategy.isEmpty() || !reason.isEmpty()) {
      details.add(strategy + (strategy.isEmpty() || reason.isEmpty() ? "" : ": ") + reason);
    }
    return String.join(", ", details);
  }

  private static String replicas(JsonNode replicas, boolean create) {
    long to = Json.number(replicas, "to");
    boolean known = !create && replicas.path("from").isNumber();
    long from = Json.number(replicas, "from");
    String word = to == 1 ? " replica" : " replicas";
    return !known || from == to ? to + word : from + " -> " + to + word;
  }
}
