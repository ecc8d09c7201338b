package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceSecrets;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts other content in place of files under a workload that runs, each by a rename. They are in
 * directories of the workload's user, who may have put a link where a directory was: so all goes by
 * open directories and follows no link, else that user could have root replace any file.
 *
 * <pre>
 *  VOLATILE/ID/next   a file that is being made, out of the reach of the workload
 * </pre>
 */
final class SecretReplacement {
  private static final String NEXT = "next";

  private final Path place;
  private final @Nullable Users owner;

  /** What is to be in each directory below {@code files}, and those with nothing else in them. */
  private final Map<Path, Map<String, byte[]>> wanted = new HashMap<>();

  private final Set<Path> whole = new HashSet<>();

  private SecretReplacement(Path place, @Nullable Users owner) {
    this.place = place;
    this.owner = owner;
  }

  /** Done again from any point, it ends the same. */
  static void apply(Path place, InstanceSecrets secrets, @Nullable Users owner) throws IOException {
    SecretReplacement replacement = new SecretReplacement(place, owner);
    for (InstanceSecrets.Volume volume : secrets.volumes()) {
      replacement.want(volume);
    }
    replacement.run();
  }

  private void want(InstanceSecrets.Volume volume) throws IOException {
    Path files = place.resolve("files");
    Path at = SecretFiles.destination(files, volume);
    if (volume.directory()) {
      whole.add(at);
      wanted.computeIfAbsent(at, _ -> new HashMap<>()).putAll(volume.files());
    } else {
      byte[] content = volume.files().values().iterator().next();
      wanted
          .computeIfAbsent(Objects.requireNonNull(at.getParent()), _ -> new HashMap<>())
          .put(String.valueOf(at.getFileName()), content);
    }
  }

  private void run() throws IOException {
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(place)) {
      if (!(stream instanceof SecureDirectoryStream<Path> root)) {
        throw new IOException("files below " + place + " can't be replaced safely");
      }
      for (Map.Entry<Path, Map<String, byte[]>> each : wanted.entrySet()) {
        try (SecureDirectoryStream<Path> directory = open(root, place.relativize(each.getKey()))) {
          mode(directory, "rwx------");
          try {
            for (Map.Entry<String, byte[]> file : each.getValue().entrySet()) {
              replace(root, directory, file.getKey(), file.getValue());
            }
            if (whole.contains(each.getKey())) {
              removeOthers(directory, each.getValue().keySet());
            }
          } finally {
            mode(directory, "r-x------");
          }
        }
      }
    }
  }

  private static SecureDirectoryStream<Path> open(SecureDirectoryStream<Path> root, Path way)
      throws IOException {
    SecureDirectoryStream<Path> first =
        root.newDirectoryStream(way.getName(0), LinkOption.NOFOLLOW_LINKS);
    if (way.getNameCount() == 1) {
      return first;
    }
    try (first) {
      return open(first, way.subpath(1, way.getNameCount()));
    }
  }

  /** Root needs none of it, but leaves what an ordinary user would. */
  private static void mode(SecureDirectoryStream<Path> directory, String mode) throws IOException {
    directory
        .getFileAttributeView(PosixFileAttributeView.class)
        .setPermissions(PosixFilePermissions.fromString(mode));
  }

  private void replace(
      SecureDirectoryStream<Path> root,
      SecureDirectoryStream<Path> directory,
      String name,
      byte[] content)
      throws IOException {
    Path next = place.resolve(NEXT);
    Files.deleteIfExists(next);
    SecretFiles.create(next, content);
    if (owner != null) {
      Files.setAttribute(next, "unix:gid", owner.gid());
      Files.setAttribute(next, "unix:uid", owner.uid());
    }
    root.move(Path.of(NEXT), directory, Path.of(name));
  }

  /** Directories stay: there may be other volumes in them. */
  private void removeOthers(SecureDirectoryStream<Path> directory, Set<String> names)
      throws IOException {
    for (Path entry : directory) {
      Path name = Objects.requireNonNull(entry.getFileName());
      boolean isDirectory =
          directory
              .getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes()
              .isDirectory();
      if (!isDirectory && !names.contains(name.toString())) {
        directory.deleteFile(name);
      }
    }
  }
}
