package io.gyre.store;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * One copy of SQLite's native library for all processes of a user (who share its pages so). Left
 * alone, the driver unpacks one of its own to the temporary directory at every start, and leaves it
 * there when it is killed.
 */
final class NativeLibrary {
  private static final String PATH_PROPERTY = "org.sqlite.lib.path";
  private static final String TEMPORARY_PROPERTY = "org.sqlite.tmpdir";
  private static final String PART = "part-";

  private NativeLibrary() {}

  /** Unpacks it where it is missing and points the driver there, unless the user did. */
  static synchronized void prepare(Path directory) {
    if (System.getProperty(PATH_PROPERTY) != null
        || System.getProperty(TEMPORARY_PROPERTY) != null) {
      return;
    }
    Path all = place(directory);
    Path home = all.resolve(SQLiteJDBCLoader.getVersion());
    Path library = home.resolve(LibraryLoaderUtil.getNativeLibName());
    try {
      if (!Files.exists(library)) {
        Directories.make(home);
        unpack(library);
        removeOthers(all, home);
      }
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "store.not_accessible",
          "SQLite's library can't be unpacked to " + home + ": " + e.getMessage(),
          "check the space and the permissions of " + directory,
          List.of(),
          e);
    }
    System.setProperty(PATH_PROPERTY, home.toString());
    System.setProperty(TEMPORARY_PROPERTY, all.toString());
  }

  /**
   * Beside the database. Where that directory is shared with another user, root loads no code from
   * it, but keeps a copy where only root writes.
   */
  private static Path place(Path directory) {
    boolean shared;
    try {
      shared =
          "root".equals(System.getProperty("user.name"))
              && Files.getPosixFilePermissions(directory).contains(PosixFilePermission.GROUP_WRITE);
    } catch (IOException | UnsupportedOperationException e) {
      shared = false;
    }
    return shared
        ? directory.resolveSibling("runtimes").resolve(".native")
        : directory.resolve("native");
  }

  private static void unpack(Path library) throws IOException {
    String resource =
        LibraryLoaderUtil.getNativeLibResourcePath() + "/" + LibraryLoaderUtil.getNativeLibName();
    Path part = library.resolveSibling(PART + ProcessHandle.current().pid());
    try (InputStream in = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("none for this platform (" + resource + ")");
      }
      Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(part, library, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(part);
      // Another process may have been faster, and may have removed our part.
      if (!Files.exists(library)) {
        throw e;
      }
    }
  }

  /** Those of other versions, and what killed processes left half done. */
  private static void removeOthers(Path all, Path home) throws IOException {
    try (DirectoryStream<Path> versions = Files.newDirectoryStream(all)) {
      for (Path version : versions) {
        if (!version.equals(home)) {
          removeFiles(version, "*");
          Files.deleteIfExists(version);
        }
      }
    }
    removeFiles(home, PART + "*");
  }

  private static void removeFiles(Path directory, String glob) throws IOException {
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
