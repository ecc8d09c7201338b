package io.gyre.runtime.host.content;

import io.gyre.component.FileText;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of configs that instances have mounted. They are made before an instance starts, can
 * change while it runs, and go with it. What is left of an instance that is gone is swept when the
 * host starts.
 *
 * <pre>
 * ID/applied         versions of what follows a signal, once all of it is in place and told
 * ID/N/KEY           of a mount of one entry; keeps its inode where a container has it mounted
 * ID/N/..data        of a mount of all entries: a link to ..M, replaced as a whole
 * ID/N/..M/KEY       M counts up
 * ID/N/KEY           a link to ..data/KEY
 * </pre>
 *
 * For one instance one thread at a time.
 */
public final class ContentFiles {
  private static final Logger log = LoggerFactory.getLogger(ContentFiles.class);
  private static final String DATA = "..data";

  private final Path directory;

  public ContentFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * What is mounted at one place.
   *
   * @param place among the mounts of the instance
   * @param key null: all entries, as a directory
   */
  public record Item(int place, @Nullable String key, Map<String, byte[]> entries) {}

  /** What is to be mounted at that place. */
  public Path path(String id, int place, @Nullable String key) {
    Path at = directory.resolve(id).resolve(Integer.toString(place));
    return key == null ? at : at.resolve(key);
  }

  /**
   * Brings the files to what the items say; what is so already isn't touched.
   *
   * @param byName whether who has them mounted goes by their names, so that each can be replaced at
   *     once; else a file is written anew in place, and who reads it meanwhile may see a part
   * @throws GyreException {@code content.not_written}
   */
  public void write(String id, List<Item> items, boolean byName) {
    try {
      for (Item item : items) {
        Path at = Files.createDirectories(path(id, item.place(), null));
        String key = item.key();
        if (key == null) {
          writeAll(at, item.entries());
        } else {
          Path file = at.resolve(key);
          byte[] bytes = item.entries().getOrDefault(key, new byte[0]);
          if (byName) {
            replaceOne(file, bytes);
          } else {
            writeOne(file, bytes);
          }
        }
      }
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.EXHAUSTED,
          "content.not_written",
          "cannot write the files of " + id + ": " + e,
          "check the space on the disk of " + directory,
          List.of(),
          e);
    }
  }

  /** All of it or nothing is seen, by anybody at any time. */
  private static void replaceOne(Path file, byte[] bytes) throws IOException {
    if (has(file, bytes)) {
      return;
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    writeOne(fresh, bytes);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** In place: a container has the inode mounted, so the name can't be given to another. */
  private static void writeOne(Path file, byte[] bytes) throws IOException {
    if (has(file, bytes)) {
      return;
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.truncate(bytes.length);
      channel.force(true);
    }
    readable(file);
  }

  private static void readable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static boolean has(Path file, byte[] bytes) throws IOException {
    try {
      return Files.size(file) == bytes.length && Arrays.equals(Files.readAllBytes(file), bytes);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static void writeAll(Path at, Map<String, byte[]> entries) throws IOException {
    Path link = at.resolve(DATA);
    if (!isThere(link, entries)) {
      int next = 1 + newest(at);
      Path made = Files.createDirectory(at.resolve(".." + next));
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        writeOne(made.resolve(entry.getKey()), entry.getValue());
      }
      Path fresh = at.resolve("..next");
      Files.deleteIfExists(fresh);
      Files.createSymbolicLink(fresh, made.getFileName());
      Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    for (String key : entries.keySet()) {
      Path name = at.resolve(key);
      if (!Files.isSymbolicLink(name)) {
        Files.createSymbolicLink(name, Path.of(DATA, key));
      }
    }
    tidy(at, entries, Files.readSymbolicLink(link).toString());
  }

  private static boolean isThere(Path link, Map<String, byte[]> entries) throws IOException {
    if (!Files.isDirectory(link)) {
      return false;
    }
    try (Stream<Path> files = Files.list(link)) {
      if (files.count() != entries.size()) {
        return false;
      }
    }
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      if (!has(link.resolve(entry.getKey()), entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static int newest(Path at) throws IOException {
    try (Stream<Path> files = Files.list(at)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("\\.\\.\\d{1,9}"))
          .mapToInt(name -> Integer.parseInt(name.substring(2)))
          .max()
          .orElse(0);
    }
  }

  /** Removes links to entries that are no more, and what the link no longer leads to. */
  private static void tidy(Path at, Map<String, byte[]> entries, String used) throws IOException {
    try (Stream<Path> files = Files.list(at)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        boolean kept = name.equals(DATA) || name.equals(used) || entries.containsKey(name);
        if (!kept) {
          delete(file);
        }
      }
    }
  }

  /** What {@link #applied(String, String)} noted last; empty: nothing. */
  public Optional<String> applied(String id) {
    try {
      return Optional.of(Files.readString(directory.resolve(id).resolve("applied")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      log.warn("cannot read what {} has: {}", id, e.toString());
      return Optional.empty();
    }
  }

  /** Durable when it returns. */
  public void applied(String id, String versions) {
    try {
      Files.createDirectories(directory.resolve(id));
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.EXHAUSTED, "content.not_written", "cannot write for " + id + ": " + e, null);
    }
    FileText.write(directory.resolve(id).resolve("applied"), versions, true);
  }

  /** Those of which there is anything. */
  public List<String> ids() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    } catch (IOException e) {
      log.warn("cannot look into {}: {}", directory, e.toString());
      return List.of();
    }
  }

  public void forget(String id) {
    try {
      delete(directory.resolve(id));
    } catch (IOException e) {
      log.warn("cannot remove the files of {}: {}", id, e.toString());
    }
  }

  private static void delete(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        file,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path visited, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
