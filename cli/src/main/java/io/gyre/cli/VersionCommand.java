package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "version", description = "Print the version of the command line and of the server.")
final class VersionCommand extends GyreCommand {
  @Option(names = "--client", description = "Only that of the command line.")
  boolean clientOnly;

  VersionCommand(Session session) {
    super(session);
  }

  static String client() throws IOException {
    try (InputStream stream = VersionCommand.class.getResourceAsStream("version.properties")) {
      return stream == null
          ? "unknown"
          : new String(stream.readAllBytes(), StandardCharsets.UTF_8)
              .strip()
              .substring("version=".length());
    }
  }

  @Override
  int run() throws IOException {
    session().line("gyre " + client());
    if (!clientOnly) {
      String server;
      try {
        server = Json.text(api().get("/v1/status"), "version") + " at " + api().base();
      } catch (CliFailure e) {
        server = e.text();
      }
      session().line("server " + server);
    }
    return Exit.OK;
  }
}
