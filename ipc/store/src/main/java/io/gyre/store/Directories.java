package io.gyre.store;

import io.gyre.model.DataFiles;
import java.io.IOException;
import java.nio.file.Path;

/** Directories for Gyre's eyes only. */
final class Directories {
  private Directories() {}

  /** Makes it and its parents where they are missing; leaves alone what exists. */
  static void make(Path directory) throws IOException {
    DataFiles.makeDirectory(directory);
  }
}
