package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "whoami", description = "Show who you are to Gyre, and what you may.")
final class WhoamiCommand extends GyreCommand {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      converter = OutputFormat.Reader.class,
      description = "table or json.")
  OutputFormat format = OutputFormat.TABLE;

  WhoamiCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    JsonNode who = api().get("/v1/whoami");
    if (format == OutputFormat.JSON) {
      session().line(Json.pretty(who));
      return Exit.OK;
    }
    row("actor", Json.text(who, "actor"));
    row("at", api().base());
    row("user", Json.text(who, "user"));
    row("roles", joined(who.path("roles"), ", "));
    row("scopes", joined(who.path("scopes"), ", "));
    row("namespaces", joined(who.path("namespaces"), ", "));
    row("ends", Json.text(who, "expires_at"));
    String label = "may";
    for (JsonNode rule : who.path("rules")) {
      row(label, rule.asText());
      label = "";
    }
    return Exit.OK;
  }

  private void row(String label, String value) {
    if (!value.isEmpty()) {
      session().line(label + " ".repeat(12 - label.length()) + value);
    }
  }

  static String joined(JsonNode texts, String separator) {
    List<String> list = new ArrayList<>();
    texts.forEach(each -> list.add(each.asText()));
    return String.join(separator, list);
  }
}
