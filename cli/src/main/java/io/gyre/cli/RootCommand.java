package io.gyre.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "gyre",
    description = "Runs the workloads of this host and keeps them true to what was declared.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Names are written NAME or NAMESPACE/NAME. Instances have ids such as web-7k2xq9.",
      "",
      "Environment:",
      "  GYRE_HOME    data root (default: ~/.local/share/gyre)",
      "  GYRE_CONFIG  configuration file (default: gyre.yaml in the data root)",
      "  GYRE_API     address of the API, also unix:///PATH (default: that of the context in use,",
      "               else that of the data root, else http://127.0.0.1:7070)",
      "  GYRE_TOKEN   token (default: that of the context, else the data root's admin-token, for",
      "               this machine only)",
      "  NO_COLOR     no colours",
      "  GYRE_DEBUG   1: stack traces",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage (plan: changes), 3 Gyre cannot be reached,",
      "  4 not found, 5 conflict, 6 not authorised; exec: that of the command."
    })
final class RootCommand extends GyreCommand {
  @Option(
      names = {"-V", "--version"},
      description = "Print the version and exit.")
  boolean version;

  RootCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    if (version) {
      session().line("gyre " + VersionCommand.client());
      return Exit.OK;
    }
    Commands.all(session()).usage(session().out());
    return Exit.OK;
  }
}
