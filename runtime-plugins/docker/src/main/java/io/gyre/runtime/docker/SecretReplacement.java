package io.gyre.runtime.docker;

import io.gyre.runtime.spi.InstanceSecrets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives mounted files other content under a container, which has them read-only. A mounted
 * directory gets each file by a rename; a mounted file is what the container holds, so it is
 * written anew in place.
 *
 * <pre>
 *   VOLATILE/ID/next   a file that is being made, mounted nowhere
 * </pre>
 */
final class SecretReplacement {
  private SecretReplacement() {}

  /**
   * Done again from any point, it ends the same. What isn't there is left to the next start.
   *
   * @param paths of the volumes
   */
  static void apply(List<Path> paths, List<InstanceSecrets.Volume> volumes) throws IOException {
    for (int place = 0; place < volumes.size(); place++) {
      Path path = paths.get(place);
      InstanceSecrets.Volume volume = volumes.get(place);
      if (volume.directory() && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        writable(path, () -> replaceAll(path, volume.files()));
      } else if (!volume.directory() && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        byte[] content = volume.files().values().iterator().next();
        if (!has(path, content)) {
          writable(path, () -> writeAnew(path, content));
        }
      }
    }
  }

  private static void replaceAll(Path directory, Map<String, byte[]> files) throws IOException {
    Path next = directory.resolveSibling("next");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path target = directory.resolve(file.getKey());
      if (!has(target, file.getValue())) {
        Files.deleteIfExists(next);
        Files.createFile(
            next,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(next, file.getValue());
        likeItsDirectory(next, directory);
        Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (!files.containsKey(String.valueOf(entry.getFileName()))) {
          Files.delete(entry);
        }
      }
    }
  }

  /** Who reads meanwhile may see a part. */
  private static void writeAnew(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.truncate(content.length);
    }
  }

  private static boolean has(Path file, byte[] content) throws IOException {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == content.length
        && Arrays.equals(Files.readAllBytes(file), content);
  }

  private static void likeItsDirectory(Path file, Path directory) throws IOException {
    Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(directory));
    mode.removeIf(each -> !each.name().endsWith("_READ"));
    Files.setPosixFilePermissions(file, mode);
    for (String attribute : List.of("unix:gid", "unix:uid")) {
      Object owner = Files.getAttribute(directory, attribute);
      if (!owner.equals(Files.getAttribute(file, attribute))) {
        Files.setAttribute(file, attribute, owner);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  /** Root may write anyway, but who isn't has only what it owns. */
  private static void writable(Path path, Work work) throws IOException {
    Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(path));
    mode.add(PosixFilePermission.OWNER_WRITE);
    Files.setPosixFilePermissions(path, mode);
    try {
      work.run();
    } finally {
      mode.remove(PosixFilePermission.OWNER_WRITE);
      Files.setPosixFilePermissions(path, mode);
    }
  }
}
