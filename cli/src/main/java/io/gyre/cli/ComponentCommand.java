package io.gyre.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
    name = "component",
    description = "List, restart and read the logs of the processes that Gyre consists of.")
final class ComponentCommand extends GyreCommand {
  private ComponentCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new ComponentCommand(session))
        .addSubcommand("list", new ComponentListCommand(session))
        .addSubcommand("restart", new ComponentRestartCommand(session))
        .addSubcommand("logs", new ComponentLogsCommand(session));
  }

  @Override
  int run() {
    throw CliFailure.usage("what about components?", "gyre component list|restart|logs");
  }

  /**
   * @return the name, if it is one of a component
   */
  static String known(String name) {
    if (!Marks.COMPONENTS.contains(name)) {
      throw new CliFailure(
          Exit.NOT_FOUND,
          "no component \"" + name + "\"",
          "use one of: " + String.join(", ", sorted()));
    }
    return name;
  }

  private static List<String> sorted() {
    return Marks.COMPONENTS.stream().sorted().toList();
  }
}
