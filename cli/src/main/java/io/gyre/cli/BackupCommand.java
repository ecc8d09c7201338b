package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "backup",
    description = {
      "Write a backup to a file while everything runs: the database, gyre.yaml and the plugins that",
      "were installed. Keys of secrets and tokens are not in it. Where the API doesn't run it is",
      "taken from the data root itself."
    })
final class BackupCommand extends GyreCommand {
  @Parameters(paramLabel = "FILE", description = "The backup, as in gyre-2026-11-27.zip.")
  String name = "";

  @Option(names = "--force", description = "Replace the file if it exists.")
  boolean force;

  @Option(
      names = "--verify",
      description = "Check a backup that exists: sums, and that the database in it is whole.")
  boolean verify;

  @Option(names = "--offline", description = "Take it from the data root, without the API.")
  boolean offline;

  @Option(
      names = "--with-keys",
      description = {
        "Put the keys of secrets in, too, under the passphrase of --passphrase-file. For this machine",
        "only: they are read from the data root."
      })
  boolean withKeys;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description =
          "Its first line is the passphrase, at least 12 characters; - is standard input.")
  String passphraseFile = "";

  BackupCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException, InterruptedException {
    Path file = Path.of(name).toAbsolutePath().normalize();
    List<String> keys = BackupTool.keys(withKeys, passphraseFile);
    if (verify) {
      return BackupTool.run(session(), List.of("verify", file.toString()));
    }
    if (Files.isDirectory(file)) {
      throw CliFailure.usage(
          file + " is a directory", "name the file, as in " + name + "/gyre.zip");
    }
    if (Files.exists(file) && !force) {
      throw new CliFailure(
          Exit.CONFLICT, file + " exists already", "choose another name, or --force to replace it");
    }
    Path directory = file.getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new CliFailure(Exit.NOT_FOUND, "there is no directory " + directory, null);
    }
    if (offline
        || withKeys
        || (session().variable("GYRE_API").isEmpty()
            && new Marks(session().home()).read("api").filter(Marks.Mark::live).isEmpty())) {
      List<String> arguments = new ArrayList<>(List.of("create", file.toString()));
      if (force) {
        arguments.add("--force");
      }
      arguments.addAll(keys);
      return BackupTool.run(session(), arguments);
    }
    Path part = directory.resolve("." + file.getFileName() + ".part");
    try {
      download(part);
      int exit =
          BackupTool.run(session(), List.of("verify", part.toString(), "--as", file.toString()));
      if (exit != Exit.OK) {
        return exit;
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
        names.force(true);
      }
    } finally {
      Files.deleteIfExists(part);
    }
    return Exit.OK;
  }

  private void download(Path part) throws IOException {
    try (InputStream in = api().download("/v1/backup")) {
      Files.deleteIfExists(part);
      try (FileChannel channel =
              FileChannel.open(
                  part,
                  Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")));
          OutputStream out = Channels.newOutputStream(channel)) {
        in.transferTo(out);
        channel.force(true);
      }
    } catch (IOException e) {
      throw new CliFailure(
          Exit.FAILED,
          "the backup was cut off: " + e.getMessage(),
          "look at the free space of both sides and at gyre status, then try again");
    }
  }
}
