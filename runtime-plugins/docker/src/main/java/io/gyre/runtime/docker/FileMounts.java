package io.gyre.runtime.docker;

import io.gyre.runtime.spi.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * The contents of {@link Mount.Type#FILE} mounts, readable by any user of the instance but, thanks
 * to the directory, by nobody else on the host:
 *
 * <pre>
 *   STATE/files/ID/N   0444, N is the mount's place in the spec
 * </pre>
 */
final class FileMounts {
  private final Path directory;

  FileMounts(Path stateDirectory) throws IOException {
    this.directory =
        Files.createDirectories(
            stateDirectory.resolve("files"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  Path path(String id, int place) {
    return directory.resolve(id).resolve(Integer.toString(place));
  }

  /** Writes the files that are missing; those that are there are as the instance was made. */
  void ensure(String id, List<Mount> mounts) throws IOException {
    for (int place = 0; place < mounts.size(); place++) {
      Mount mount = mounts.get(place);
      boolean own = mount.type() == Mount.Type.FILE && mount.path() == null;
      if (own && !Files.exists(path(id, place))) {
        write(path(id, place), mount.content() == null ? "" : mount.content());
      }
    }
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Path part = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(part, content);
    Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("r--r--r--"));
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  void remove(String id) throws IOException {
    Path own = directory.resolve(id);
    try (Stream<Path> files = Files.list(own)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return;
    }
    Files.deleteIfExists(own);
  }
}
