package io.gyre.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Who may use the files of a data root: its owner alone; but below a directory that its group may
 * write to, the group as well. So processes of one Gyre may run as different users once somebody
 * has made the directories that they share.
 */
public final class DataFiles {
  private static final int MASK = 02022;
  private static final int GROUP_WRITES_AND_IS_INHERITED = 02020;

  private DataFiles() {}

  /** Makes the directory and its parents where they are missing; leaves alone what exists. */
  public static void makeDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, attribute(shared(directory) ? "rwxrwx---" : "rwx------"));
    }
  }

  /** For a new file at that path. */
  public static FileAttribute<Set<PosixFilePermission>> permissions(Path file) throws IOException {
    return attribute(shared(file) ? "rw-rw----" : "rw-------");
  }

  private static boolean shared(Path path) throws IOException {
    Path parent = path.toAbsolutePath().getParent();
    while (parent != null && !Files.exists(parent, LinkOption.NOFOLLOW_LINKS)) {
      parent = parent.getParent();
    }
    if (parent == null) {
      return false;
    }
    return Files.getAttribute(parent, "unix:mode") instanceof Integer mode
        && (mode & MASK) == GROUP_WRITES_AND_IS_INHERITED;
  }

  private static FileAttribute<Set<PosixFilePermission>> attribute(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }
}
