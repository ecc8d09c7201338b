package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "why",
    description =
        "Explain a deployment or an instance: who asked for what, what was decided and commanded,"
            + " and how it ended.")
final class WhyCommand extends GyreCommand {
  @Parameters(paramLabel = "NAME|INSTANCE", description = "A deployment or an instance.")
  String name = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: table, json, yaml. Default: table.")
  OutputFormat format = OutputFormat.TABLE;

  WhyCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    Lookup.Found found = new Lookup(session(), namespace).any(name);
    String path =
        found.instance() != null
            ? Lookup.instancePath(Json.text(found.instance(), "id"))
            : session().ref(name, namespace).path();
    JsonNode why = api().get(path + "/why");
    switch (format) {
      case JSON -> session().line(Json.pretty(why));
      case YAML -> session().out().print(YamlText.of(why));
      case TABLE, WIDE, NAME -> print(why);
    }
    return Exit.OK;
  }

  /** One block per user action or event that led to the rest, in the order of their beginnings. */
  private void print(JsonNode why) {
    session().line(session().style().bold(Json.text(why, "subject")));
    Map<String, List<JsonNode>> blocks = new LinkedHashMap<>();
    for (JsonNode step : why.path("chain")) {
      blocks.computeIfAbsent(Json.text(step, "correlation"), key -> new ArrayList<>()).add(step);
    }
    if (blocks.isEmpty()) {
      session().line("  nothing is recorded of it");
    }
    blocks.forEach(this::block);
  }

  private void block(String correlation, List<JsonNode> steps) {
    String at = Json.text(steps.getFirst(), "at");
    session().line("");
    session()
        .line(
            (correlation.isEmpty() ? "(no correlation)" : correlation)
                + session()
                    .style()
                    .dim("  " + at + ", " + Times.age(at, session().nowMs()) + " ago"));
    Table table = new Table(List.of("AT", "BY", "WHAT", "MESSAGE"));
    for (JsonNode step : steps) {
      table.row(
          List.of(
              Times.timeOfDay(Json.text(step, "at")),
              Json.text(step, "source"),
              Json.text(step, "what"),
              Json.text(step, "message")));
    }
    for (String line : table.lines(session().style(), false, Integer.MAX_VALUE)) {
      session().line("  " + line);
    }
  }
}
