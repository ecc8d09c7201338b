package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "plan",
    description =
        "Show what apply would do. Exit status: 0 nothing to do, 2 changes, as usual on failures.")
final class PlanCommand extends GyreCommand {
  @Mixin ManifestOptions manifests = new ManifestOptions();

  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: table, json, yaml. Default: table.")
  OutputFormat format = OutputFormat.TABLE;

  PlanCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    JsonNode answer = api().post("/v1/apply?dry_run=true", manifests.request(session()));
    long changes = Changes.count(answer);
    switch (format) {
      case JSON -> session().line(Json.pretty(answer));
      case YAML -> session().out().print(YamlText.of(answer));
      case TABLE, WIDE, NAME -> {
        for (JsonNode change : answer.path("changes")) {
          session().lines(Changes.plan(change));
        }
        session()
            .line(
                changes == 0
                    ? "nothing to do"
                    : changes + (changes == 1 ? " change" : " changes") + " to make: gyre apply");
      }
    }
    return changes == 0 ? Exit.OK : Exit.CHANGES;
  }
}
