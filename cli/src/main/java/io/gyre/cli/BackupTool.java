package io.gyre.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs what needs the files of the data root itself; it has the terminal meanwhile. */
final class BackupTool {
  private BackupTool() {}

  /**
   * @return the exit code
   */
  static int run(Session session, List<String> arguments) throws IOException, InterruptedException {
    String launcher = session.variable("GYRE_LAUNCHER");
    if (launcher.isEmpty()) {
      throw new CliFailure(
          Exit.FAILED, "GYRE_LAUNCHER is not set", "run this through the gyre launcher");
    }
    session.out().flush();
    List<String> command = new ArrayList<>(List.of(launcher, "backup-tool"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().clear();
    builder.environment().putAll(session.environment());
    builder.environment().put("GYRE_HOME", session.home().toString());
    return builder.start().waitFor();
  }
}
