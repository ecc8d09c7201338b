package io.gyre.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
    name = "plugin",
    description = "Install, roll back and sign runtime plugins; gyre get plugins lists them.")
final class PluginCommand extends GyreCommand {
  private PluginCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new PluginCommand(session))
        .addSubcommand("install", new PluginInstallCommand(session))
        .addSubcommand("rollback", new PluginRollbackCommand(session))
        .addSubcommand("keygen", new PluginKeygenCommand(session))
        .addSubcommand("sign", new PluginSignCommand(session))
        .addSubcommand("verify", new PluginVerifyCommand(session));
  }

  @Override
  int run() {
    throw CliFailure.usage(
        "what about plugins?",
        "gyre plugin install|rollback|keygen|sign|verify, or gyre get plugins");
  }
}
