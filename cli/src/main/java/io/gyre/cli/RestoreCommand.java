package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "restore",
    description = {
      "Make the data root (GYRE_HOME) what a backup says, while Gyre is stopped. The backup is",
      "checked as a whole before anything changes. Workloads that still run are taken over when",
      "Gyre is started."
    })
final class RestoreCommand extends GyreCommand {
  @Parameters(paramLabel = "FILE", description = "A backup that gyre backup wrote.")
  String name = "";

  @Option(
      names = "--force",
      description =
          "Replace what the data root holds; it is kept in a directory beside, replaced-TIME.")
  boolean force;

  @Option(names = "--keep-config", description = "Leave a gyre.yaml that exists as it is.")
  boolean keepConfig;

  @Option(
      names = "--as-copy",
      description =
          "Be another Gyre than the one that was backed up: its workloads are started anew here,"
              + " and none of its containers is taken over.")
  boolean asCopy;

  @Option(
      names = "--with-keys",
      description = "Bring back the keys of secrets, too, which --passphrase-file opens.")
  boolean withKeys;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "Its first line is the passphrase; - is standard input.")
  String passphraseFile = "";

  RestoreCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("restore"));
    arguments.add(Path.of(name).toAbsolutePath().normalize().toString());
    if (force) {
      arguments.add("--force");
    }
    if (keepConfig) {
      arguments.add("--keep-config");
    }
    if (asCopy) {
      arguments.add("--as-copy");
    }
    arguments.addAll(BackupTool.keys(withKeys, passphraseFile));
    return BackupTool.run(session(), arguments);
  }
}
