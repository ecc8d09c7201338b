package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "status", description = "Show how Gyre itself is.")
final class StatusCommand extends GyreCommand {
  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: table, json, yaml. Default: table.")
  OutputFormat format = OutputFormat.TABLE;

  StatusCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    JsonNode status;
    try {
      status = api().get("/v1/status");
    } catch (CliFailure e) {
      if (e.exitCode() == Exit.UNREACHABLE) {
        new Marks(session().home()).live().forEach(mark -> session().line(mark.text()));
      }
      throw e;
    }
    switch (format) {
      case JSON -> session().line(Json.pretty(status));
      case YAML -> session().out().print(YamlText.of(status));
      case TABLE, WIDE, NAME -> print(status);
    }
    return Exit.OK;
  }

  private void print(JsonNode status) {
    session().line("Gyre " + Json.text(status, "version") + " at " + api().base());
    session().line("");
    boolean systemd = new Marks(session().home()).ofSystemd();
    Table table = new Table(List.of("COMPONENT", "STATE", "PID", "AGE", "MESSAGE"));
    for (JsonNode component : status.path("components")) {
      boolean live = !component.has("live") || Json.flag(component, "live");
      if (systemd && !live && Json.text(component, "component").equals(Marks.SUPERVISOR)) {
        continue;
      }
      table.row(
          List.of(
              Json.text(component, "component"),
              state(component, live),
              live ? Json.text(component, "pid") : "",
              since(component),
              Json.text(component, "message")));
    }
    session().lines(table.lines(session().style()));
    session().line("");
    for (Map.Entry<String, JsonNode> count : status.path("counts").properties()) {
      JsonNode value = count.getValue();
      session()
          .line(
              count.getKey().replace('_', ' ')
                  + ": "
                  + (value.isObject() ? counts(value) : value.asText()));
    }
    if (systemd) {
      session().line("run by: systemd (systemctl status 'gyre*')");
    }
    session()
        .line("database: " + (Json.flag(status, "database_ok") ? "ok" : "DAMAGED (gyre doctor)"));
    String keys = Json.text(status, "secret_keys");
    if (!keys.isEmpty() && !keys.equals("none")) {
      session().line("key of secrets: " + (keys.equals("ok") ? keys : keys + " (gyre doctor)"));
    }
  }

  /** A process that ended without saying so still shows its last state. */
  private static String state(JsonNode component, boolean live) {
    String state = Json.text(component, "state");
    return live || state.equals("absent") || state.equals("stopping") ? state : "dead";
  }

  private String since(JsonNode component) {
    return Times.age(Json.text(component, "since"), session().nowMs());
  }

  private static String counts(JsonNode object) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      if (!text.isEmpty()) {
        text.append(", ");
      }
      text.append(entry.getValue().asText()).append(' ').append(entry.getKey());
    }
    return text.isEmpty() ? "none" : text.toString();
  }
}
