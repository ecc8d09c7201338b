package io.gyre.bus;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/** The directories of the bus; for nobody but the owner. */
final class Directories {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private Directories() {}

  /** Those that exist stay as they are. */
  static void create(Path directory) {
    try {
      Files.createDirectories(directory, PRIVATE);
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "bus.directory",
          "can't make the directory " + directory + " of the bus: " + e,
          "make it yourself, writable for the user that Gyre runs as",
          List.of(),
          e);
    }
  }
}
