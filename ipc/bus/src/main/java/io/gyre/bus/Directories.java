package io.gyre.bus;

import io.gyre.model.DataFiles;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The directories of the bus; for nobody but Gyre. */
final class Directories {
  private Directories() {}

  /** Those that exist stay as they are. */
  static void create(Path directory) {
    try {
      DataFiles.makeDirectory(directory);
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
