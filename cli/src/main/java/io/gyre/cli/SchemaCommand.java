package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;

@Command(
    name = "schema",
    description = "Print the JSON Schema of manifests, for editors. Needs no running Gyre.")
final class SchemaCommand extends GyreCommand {
  SchemaCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    try (InputStream stream =
        SchemaCommand.class.getResourceAsStream("/io/gyre/manifest/gyre-manifest.schema.json")) {
      if (stream == null) {
        session().line(Json.pretty(api().get("/v1/schema")));
      } else {
        session().line(new String(stream.readAllBytes(), StandardCharsets.UTF_8).stripTrailing());
      }
    }
    return Exit.OK;
  }
}
