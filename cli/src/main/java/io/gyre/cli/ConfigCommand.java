package io.gyre.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
    name = "config",
    description = "Check the configuration of Gyre itself, and make it be read again.")
final class ConfigCommand extends GyreCommand {
  private ConfigCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new ConfigCommand(session))
        .addSubcommand("check", new ConfigCheckCommand(session))
        .addSubcommand("reload", new ConfigReloadCommand(session));
  }

  @Override
  int run() {
    throw CliFailure.usage("what about the configuration?", "gyre config check|reload");
  }
}
