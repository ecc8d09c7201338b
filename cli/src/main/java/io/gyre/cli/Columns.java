package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of each kind of resource.
 *
 * @param wide more columns
 * @param withNamespace a first column with the namespace
 * @param nowMs ages are counted to
 */
record Columns(ResourceKind kind, boolean wide, boolean withNamespace, long nowMs) {

  List<String> header() {
    List<String> header = new ArrayList<>();
    if (withNamespace) {
      header.add("NAMESPACE");
    }
    header.addAll(
        switch (kind) {
          case DEPLOYMENTS -> List.of("NAME", "READY", "PHASE", "REVISION", "AGE", "RUNTIME");
          case INSTANCES ->
              List.of("NAME", "STATE", "READY", "RESTARTS", "PORTS", "PID/CONTAINER", "AGE");
          case REVISIONS -> List.of("REVISION", "CURRENT", "AGE", "BY", "SPEC");
          case RUNTIMES -> List.of("NAME", "STATE", "VERSION", "AGE", "MESSAGE", "CAPABILITIES");
          case PLUGINS ->
              List.of(
                  "NAME", "VERSION", "RUNTIME", "STATE", "SIGNED", "SHA256", "FILE", "AGE",
                  "MESSAGE");
          case NAMESPACES -> List.of("NAME", "AGE", "DEPLOYMENTS", "INSTANCES", "MEMORY", "CPU");
          case CONFIGS -> List.of("NAME", "VERSION", "ENTRIES", "CHANGED");
          case VOLUMES -> List.of("NAME", "RUNTIME", "STATE", "USED BY");
          case EVENTS -> List.of("AGE", "LEVEL", "REASON", "OBJECT", "MESSAGE");
        });
    if (wide) {
      header.addAll(
          switch (kind) {
            case DEPLOYMENTS -> List.of("IMAGE/COMMAND", "REASON");
            case INSTANCES -> List.of("REVISION", "RUNTIME", "ADDRESS", "LAST EXIT", "REASON");
            case RUNTIMES -> List.of("SOURCE");
            case PLUGINS -> List.of("ROLLBACK TO");
            case REVISIONS, EVENTS -> List.of("CORRELATION");
            case NAMESPACES, CONFIGS, VOLUMES -> List.of();
          });
    }
    return header;
  }

  List<String> row(JsonNode item) {
    List<String> cells = new ArrayList<>();
    if (withNamespace) {
      cells.add(Json.text(item, "namespace"));
    }
    switch (kind) {
      case DEPLOYMENTS -> deployment(item, cells);
      case INSTANCES -> instance(item, cells);
      case REVISIONS -> revision(item, cells);
      case RUNTIMES -> runtime(item, cells);
      case PLUGINS -> plugin(item, cells);
      case NAMESPACES -> {
        cells.add(Json.text(item, "name"));
        cells.add(Times.age(Json.text(item, "created_at"), nowMs));
        cells.add(Quantity.ofQuota(item, "deployments", Long::toString));
        cells.add(Quantity.ofQuota(item, "instances", Long::toString));
        cells.add(Quantity.ofQuota(item, "memory_bytes", Quantity::memory));
        cells.add(Quantity.ofQuota(item, "cpu_millis", Quantity::cpu));
      }
      case CONFIGS -> {
        cells.add(Json.text(item, "name"));
        cells.add(Json.text(item, "version"));
        cells.add(Integer.toString(item.path("entries").size()));
        cells.add(Times.age(Json.text(item, "updated_at"), nowMs));
      }
      case VOLUMES -> {
        cells.add(Json.text(item, "name"));
        cells.add(Json.text(item, "runtime"));
        boolean unused = item.path("used_by").isEmpty();
        cells.add(Json.flag(item, "removing") ? "removing" : unused ? "unused" : "used");
        cells.add(Describe.words(item.path("used_by")));
      }
      case EVENTS -> event(item, cells);
    }
    return cells;
  }

  private void deployment(JsonNode item, List<String> cells) {
    cells.add(Json.text(item, "name"));
    cells.add(Describe.count(item));
    cells.add(Json.text(item, "phase"));
    cells.add(Json.text(item, "revision"));
    cells.add(Times.age(Json.text(item, "created_at"), nowMs));
    cells.add(Json.text(item, "runtime"));
    if (wide) {
      cells.add(Describe.whatRuns(item));
      cells.add(Describe.reason(item));
    }
  }

  private void instance(JsonNode item, List<String> cells) {
    cells.add(Json.text(item, "id"));
    cells.add(Json.text(item, "state"));
    cells.add(Json.flag(item, "ready") ? "yes" : "no");
    cells.add(Json.text(item, "restarts"));
    cells.add(Describe.ports(item));
    cells.add(Describe.process(item));
    cells.add(Times.age(Json.text(item, "created_at"), nowMs));
    if (wide) {
      cells.add(Json.text(item, "revision"));
      cells.add(Json.text(item, "runtime"));
      cells.add(Json.text(item, "address"));
      cells.add(Describe.lastExit(item, nowMs));
      cells.add(Describe.reason(item));
    }
  }

  private void revision(JsonNode item, List<String> cells) {
    String hash = Json.text(item, "spec_hash");
    cells.add(Json.text(item, "revision"));
    cells.add(Json.flag(item, "current") ? "yes" : "no");
    cells.add(Times.age(Json.text(item, "created_at"), nowMs));
    cells.add(Json.text(item, "actor"));
    cells.add(hash.length() > Describe.SHORT_ID ? hash.substring(0, Describe.SHORT_ID) : hash);
    if (wide) {
      cells.add(Json.text(item, "correlation"));
    }
  }

  private void runtime(JsonNode item, List<String> cells) {
    cells.add(Json.text(item, "name"));
    cells.add(Json.text(item, "state"));
    cells.add(Json.text(item, "version"));
    cells.add(Times.age(Json.text(item, "since"), nowMs));
    cells.add(Json.text(item, "message"));
    cells.add(Describe.words(item.path("capabilities")));
    if (wide) {
      cells.add(Json.text(item, "source"));
    }
  }

  private void plugin(JsonNode item, List<String> cells) {
    String sha256 = Json.text(item, "sha256");
    String signer = Json.text(item, "signed_by");
    cells.add(Json.text(item, "name"));
    cells.add(Json.text(item, "version"));
    cells.add(Json.text(item, "runtime"));
    cells.add(Json.text(item, "state"));
    cells.add(signer.isEmpty() ? "no" : signer);
    cells.add(sha256.substring(0, Math.min(Describe.SHORT_ID, sha256.length())));
    cells.add(Json.text(item, "file"));
    cells.add(Times.age(Json.text(item, "since"), nowMs));
    cells.add(Json.text(item, "message"));
    if (wide) {
      cells.add(Json.text(item, "rollback_to"));
    }
  }

  private void event(JsonNode item, List<String> cells) {
    String instance = Json.text(item, "instance");
    cells.add(Times.age(Json.text(item, "at"), nowMs));
    cells.add(Json.text(item, "level"));
    cells.add(Json.text(item, "reason"));
    cells.add(instance.isEmpty() ? Json.text(item, "deployment") : instance);
    cells.add(Json.text(item, "message"));
    if (wide) {
      cells.add(Json.text(item, "correlation"));
    }
  }

  /** What other commands accept as its name. */
  String name(JsonNode item) {
    return switch (kind) {
      case DEPLOYMENTS -> Json.text(item, "namespace") + "/" + Json.text(item, "name");
      case INSTANCES -> Json.text(item, "id");
      case REVISIONS -> Json.text(item, "revision");
      case RUNTIMES, PLUGINS, NAMESPACES, CONFIGS, VOLUMES -> Json.text(item, "name");
      case EVENTS -> Json.text(item, "seq");
    };
  }
}
