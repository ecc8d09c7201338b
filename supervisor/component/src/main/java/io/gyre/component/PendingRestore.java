package io.gyre.component;

import io.gyre.model.DataFiles;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A restore that has been decided: the data root goes from one state to another, also where the
 * process that does it is killed at any line. Whoever comes next, be it a component that starts,
 * goes on where it stopped, before it looks at anything else.
 *
 * <pre>
 * .restore-new/   being unpacked and checked; nothing has happened yet
 *      │ renamed: decided
 * .restore/       aside            name of the directory that keeps what is replaced
 *                 replaces         paths below the root that are moved there, a line each
 *                 new/             what is moved to its place, as it lies below the root
 *                 moved-aside      made once the first part is done
 *      │ all moved: renamed, and deleted
 * .restore-done/
 * </pre>
 */
public final class PendingRestore {
  private static final Logger log = LoggerFactory.getLogger(PendingRestore.class);

  private PendingRestore() {}

  /** Where a restore is prepared. */
  public static Path staging(Home home) {
    return home.root().resolve(".restore-new");
  }

  private static Path decided(Home home) {
    return home.root().resolve(".restore");
  }

  /**
   * Decides on what lies in {@link #staging}, all of which must be on the disk, and carries it out.
   * Only while no component runs.
   *
   * @param aside name of the directory that keeps what is replaced
   * @param replaces paths below the root that make way; they need not exist
   */
  public static void commit(Home home, String aside, List<String> replaces) {
    Path staging = staging(home);
    FileText.write(staging.resolve("aside"), aside, true);
    FileText.write(staging.resolve("replaces"), String.join("\n", replaces), true);
    try {
      sync(staging);
      Failpoints.hit("restore.staged");
      Files.move(staging, decided(home), StandardCopyOption.ATOMIC_MOVE);
      sync(home.root());
    } catch (IOException e) {
      throw failed(home, e);
    }
    Failpoints.hit("restore.decided");
    finish(home);
  }

  /** Goes on with a restore that was decided; does nothing where there is none. */
  public static void finish(Home home) {
    Path decided = decided(home);
    if (!Files.exists(decided)) {
      return;
    }
    try (FileChannel channel =
            FileChannel.open(
                home.root().resolve("run").resolve("restore.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock _ = channel.lock()) {
      if (Files.exists(decided)) {
        carryOut(home, decided);
      }
    } catch (IOException e) {
      throw failed(home, e);
    }
  }

  private static void carryOut(Home home, Path decided) throws IOException {
    Path aside = home.root().resolve(Files.readString(decided.resolve("aside")).strip());
    Path movedAside = decided.resolve("moved-aside");
    if (!Files.exists(movedAside)) {
      for (String name : Files.readAllLines(decided.resolve("replaces"))) {
        moveAside(home.root().resolve(name), aside.resolve(name));
        Failpoints.hit("restore.aside");
      }
      Files.createFile(movedAside);
      sync(decided);
    }
    Failpoints.hit("restore.moved_aside");
    Path fresh = decided.resolve("new");
    for (Path file : files(fresh)) {
      Path target = home.root().resolve(fresh.relativize(file).toString());
      DataFiles.makeDirectory(parent(target));
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
      sync(parent(target));
      Failpoints.hit("restore.placed");
    }
    // No half of it may be taken for one that is to go on.
    Path done = home.root().resolve(".restore-done");
    delete(done);
    Files.move(decided, done, StandardCopyOption.ATOMIC_MOVE);
    sync(home.root());
    delete(done);
    log.info("restored {}; what was there before is in {}", home.root(), aside);
  }

  private static void moveAside(Path file, Path aside) throws IOException {
    // Where it was moved already, a directory of that name has only been made anew since.
    if (Files.exists(file) && !Files.exists(aside)) {
      DataFiles.makeDirectory(parent(aside));
      Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
      sync(parent(aside));
      sync(parent(file));
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Makes the names in a directory durable. */
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** The directory and all in it, where it is there. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file.toString());
    }
    return parent;
  }

  private static GyreException failed(Home home, IOException e) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "restore.interrupted",
        "the restore of " + home.root() + " stopped: " + e,
        "check the owner and the free space, then run the same gyre restore again",
        List.of(),
        e);
  }
}
