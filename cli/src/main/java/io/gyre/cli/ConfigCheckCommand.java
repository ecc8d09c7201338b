package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "check",
    description =
        "Say what is wrong with a configuration file, or what it means: every key with its value,"
            + " and whether a change of it takes effect at once. Changes nothing.")
final class ConfigCheckCommand extends GyreCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "Default: the file that Gyre reads.")
  @Nullable Path file;

  ConfigCheckCommand(Session session) {
    super(session);
  }

  /** The components know what is right: theirs is the code that says so. */
  @Override
  int run() throws IOException, InterruptedException {
    String launcher = session().variable("GYRE_LAUNCHER");
    if (launcher.isEmpty()) {
      throw new CliFailure(
          Exit.FAILED, "GYRE_LAUNCHER is not set", "run this through the gyre launcher");
    }
    List<String> command = new ArrayList<>(List.of(launcher, "config-check"));
    if (file != null) {
      command.add(file.toAbsolutePath().toString());
    }
    int exit = Units.pass(session(), command.toArray(String[]::new));
    return exit == 0 ? Exit.OK : Exit.FAILED;
  }
}
