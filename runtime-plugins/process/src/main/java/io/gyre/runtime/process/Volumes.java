package io.gyre.runtime.process;

import io.gyre.runtime.spi.NamedVolumes;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Named volumes: {@code STATE/volumes/NAMESPACE/NAME}, each a directory. */
final class Volumes implements NamedVolumes {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");

  private final Path directory;
  private final Path trash;

  Volumes(Path directory, Path trash) {
    this.directory = directory;
    this.trash = trash;
  }

  /** Its directory, made where it is missing. */
  Path make(String namespace, String name) throws IOException {
    InstanceDirectory.makePrivate(directory);
    InstanceDirectory.makePrivate(directory.resolve(plain(namespace)));
    return InstanceDirectory.makePrivate(path(namespace, name));
  }

  private Path path(String namespace, String name) throws IOException {
    return directory.resolve(plain(namespace)).resolve(plain(name));
  }

  private static String plain(String name) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new IOException("\"" + name + "\" is no name of a volume");
    }
    return name;
  }

  /** Their sizes are left out: one would have to walk through all of them. */
  @Override
  public List<Volume> volumes() throws RuntimeFailure {
    List<Volume> volumes = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return volumes;
    }
    try (DirectoryStream<Path> namespaces = Files.newDirectoryStream(directory)) {
      for (Path namespace : namespaces) {
        try (DirectoryStream<Path> names = Files.newDirectoryStream(namespace)) {
          for (Path volume : names) {
            volumes.add(
                new Volume(
                    String.valueOf(namespace.getFileName()),
                    String.valueOf(volume.getFileName()),
                    Files.readAttributes(volume, BasicFileAttributes.class)
                        .creationTime()
                        .toInstant(),
                    null));
          }
        }
      }
      return volumes;
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't look into " + directory, e);
    }
  }

  /** Out of sight at once; what this JVM can't delete any more, the next one does. */
  @Override
  public void removeVolume(String namespace, String name) throws RuntimeFailure {
    try {
      Path volume = path(namespace, name);
      if (Files.isDirectory(volume)) {
        InstanceDirectory.delete(new InstanceDirectory(volume).discard(trash));
      }
      try {
        Files.deleteIfExists(volume.getParent());
      } catch (java.nio.file.DirectoryNotEmptyException e) {
        // It has others.
      }
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't remove the volume " + namespace + "/" + name, e);
    }
  }
}
