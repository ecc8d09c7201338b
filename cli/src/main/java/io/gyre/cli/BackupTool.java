package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs what needs the files of the data root itself; it has the terminal meanwhile. */
final class BackupTool {
  private BackupTool() {}

  /** The options of the keys of secrets; empty where they aren't wanted. */
  static List<String> keys(boolean withKeys, String passphraseFile) {
    if (withKeys == passphraseFile.isEmpty()) {
      throw CliFailure.usage(
          "--with-keys and --passphrase-file belong together",
          "the passphrase is the first line of that file, or of standard input for -");
    }
    if (!withKeys) {
      return List.of();
    }
    return List.of(
        "--with-keys",
        passphraseFile.equals("-")
            ? "-"
            : Path.of(passphraseFile).toAbsolutePath().normalize().toString());
  }

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
