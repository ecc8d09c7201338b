package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of one instance. The directory appears and disappears as a whole, by a rename.
 *
 * <pre>
 * identity    what it was made with; never changes
 * run.sh      becomes the workload; holds its environment, so only the owner may read it
 * policy      what is wanted of it; replaced atomically
 * cgroup      for the keeper: groups to join and to sweep; and the unit it runs in
 * keeper      pid, start time and boot of the keeper that keeps it
 * launch      locked while a keeper is being launched or stopped
 * secrets     where its secrets are, in memory; only where it has some
 * keeper.log  complaints of a keeper without a unit
 * oom         when a run ended of which the kernel had killed a process for want of memory
 * log/        see LogFiles
 * work/       its working directory, where the spec names none
 * mounts/     links to what is mounted
 * </pre>
 */
record InstanceDirectory(Path path) {
  /** In the file {@code cgroup}, begins the line that names the unit. */
  static final String UNIT = "unit=";

  private static final Pattern GROUP = Pattern.compile("(?m)^cgroup='([^']+)'");
  private static final Pattern MEMORY = Pattern.compile(" memory='([^']+)'");
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  Path identity() {
    return path.resolve("identity");
  }

  Path runScript() {
    return path.resolve("run.sh");
  }

  Path secrets() {
    return path.resolve("secrets");
  }

  Path policy() {
    return path.resolve("policy");
  }

  Path cgroup() {
    return path.resolve("cgroup");
  }

  /** The unit that its last keeper was launched in; empty: in none. */
  Optional<String> unit() throws IOException {
    return groups()
        .lines()
        .filter(line -> line.startsWith(UNIT))
        .map(line -> line.substring(UNIT.length()))
        .findFirst();
  }

  /** The group that was made for it, outside of units. */
  Optional<Path> group() throws IOException {
    return path(GROUP);
  }

  /** The one that limits its memory, outside of units. */
  Optional<Path> memoryGroup() throws IOException {
    return path(MEMORY);
  }

  private Optional<Path> path(Pattern pattern) throws IOException {
    Matcher matcher = pattern.matcher(groups());
    return matcher.find() ? Optional.of(Path.of(matcher.group(1))) : Optional.empty();
  }

  private String groups() throws IOException {
    try {
      return Files.readString(cgroup());
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** Whether the kernel killed a process of the run that ended then for want of memory. */
  boolean killedForMemory(long exitAt) {
    try {
      return Files.readString(path.resolve("oom")).strip().equals(Long.toString(exitAt));
    } catch (IOException e) {
      return false;
    }
  }

  Path mounts() {
    return path.resolve("mounts");
  }

  Path keeper() {
    return path.resolve("keeper");
  }

  Path keeperLog() {
    return path.resolve("keeper.log");
  }

  Path launch() {
    return path.resolve("launch");
  }

  LogFiles logs() {
    return new LogFiles(path.resolve("log"));
  }

  boolean exists() {
    return Files.isDirectory(path);
  }

  /** Makes the links to what is mounted. */
  interface Linking {
    void link(Path mounts) throws IOException;
  }

  /**
   * Writes all files of a new instance in another place and moves them here.
   *
   * @param making an existing directory on the same file system
   * @param secrets where its secrets are; null: it has none
   */
  void create(
      Path making,
      Identity identity,
      String runScript,
      Policy policy,
      @Nullable Users user,
      Linking linking,
      @Nullable Path secrets)
      throws IOException {
    Path building = Files.createTempDirectory(making, "i", PRIVATE_DIRECTORY);
    try {
      InstanceDirectory files = new InstanceDirectory(building);
      Files.createDirectory(building.resolve("log"), PRIVATE_DIRECTORY);
      Path work = Files.createDirectory(building.resolve("work"), PRIVATE_DIRECTORY);
      if (user != null) {
        Files.setAttribute(work, "unix:uid", user.uid());
        Files.setAttribute(work, "unix:gid", user.gid());
      }
      linking.link(Files.createDirectory(building.resolve("mounts"), PRIVATE_DIRECTORY));
      write(files.runScript(), runScript);
      write(files.policy(), policy.text());
      if (secrets != null) {
        write(files.secrets(), secrets.toString());
      }
      write(files.identity(), identity.text());
      Files.move(building, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      delete(building);
      throw e;
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createFile(file, PRIVATE_FILE);
    Files.writeString(file, text);
  }

  /** Replaces a file as a whole, so that a reader sees the old or the new text. */
  static void replace(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(next);
    try {
      write(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(next);
      throw e;
    }
  }

  /** Moves it out of sight at once; {@link #delete} does the rest. */
  Path discard(Path trash) throws IOException {
    Path discarded = trash.resolve(path.getFileName() + "." + System.nanoTime());
    Files.move(path, discarded, StandardCopyOption.ATOMIC_MOVE);
    return discarded;
  }

  static Path makePrivate(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, PRIVATE_DIRECTORY);
    }
    return directory;
  }

  /** Deletes all of it; links aren't followed. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
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

  static RuntimeFailure diskFailure(String what, IOException cause) {
    boolean full = String.valueOf(cause.getMessage()).contains("No space left");
    return new RuntimeFailure(
        full ? RuntimeFailure.Kind.EXHAUSTED : RuntimeFailure.Kind.ENGINE,
        full ? "disk_full" : "state_directory_failed",
        "The process runtime " + what + ": " + cause.getMessage(),
        full ? "Free disk space and try again." : "Check the state directory and its file system.",
        cause);
  }
}
