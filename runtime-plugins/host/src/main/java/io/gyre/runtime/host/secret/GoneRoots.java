package io.gyre.runtime.host.secret;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories in memory of data roots that are no more. Only those go that say whose they are,
 * belong to this user and hold no file: a workload may still use what its data root has left.
 */
final class GoneRoots {
  private static final Logger log = LoggerFactory.getLogger(GoneRoots.class);
  private static final String MARK = ".root";

  private GoneRoots() {}

  /** Notes beside a directory which data root it is of. */
  static void note(Path directory, Path dataRoot) {
    Path mark = directory.resolveSibling(directory.getFileName() + MARK);
    try {
      if (!Files.exists(mark) || !Files.readString(mark).equals(dataRoot.toString())) {
        Files.writeString(mark, dataRoot.toString());
      }
    } catch (IOException e) {
      log.warn("{} can't be written: {}", mark, e.toString());
    }
  }

  static void sweep(Path parent, long uid) {
    List<Path> marks;
    try (Stream<Path> all = Files.list(parent)) {
      marks = all.filter(each -> String.valueOf(each.getFileName()).endsWith(MARK)).toList();
    } catch (IOException e) {
      log.warn("{} can't be swept: {}", parent, e.toString());
      return;
    }
    for (Path mark : marks) {
      try {
        if (isOf(uid, mark) && Files.notExists(Path.of(Files.readString(mark)))) {
          String name = String.valueOf(mark.getFileName());
          removeEmpty(mark.resolveSibling(name.substring(0, name.length() - MARK.length())));
          Files.deleteIfExists(mark);
        }
      } catch (IOException | InvalidPathException e) {
        log.debug("{} stays: {}", mark, e.toString());
      }
    }
  }

  private static boolean isOf(long uid, Path mark) throws IOException {
    return Files.isRegularFile(mark, LinkOption.NOFOLLOW_LINKS)
        && ((Number) Files.getAttribute(mark, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue()
            == uid;
  }

  /**
   * @throws IOException where there is a file in it; what was empty up to there is gone
   */
  private static void removeEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            throw new IOException(file + " is still there");
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
