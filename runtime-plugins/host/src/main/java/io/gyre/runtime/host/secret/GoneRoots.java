package io.gyre.runtime.host.secret;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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
   * @throws IOException where there is a file in it, and then all stays
   */
  private static void removeEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> tree = Files.walk(directory)) {
      all = tree.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path each : all) {
      if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException(each + " is still there");
      }
    }
    for (Path each : all.reversed()) {
      Files.delete(each);
    }
  }
}
