package io.gyre.runtime.host.secret;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's directory in memory, on a file system that is checked to be there.
 *
 * <pre>
 * /run/gyre/HOST/RUNTIME/INSTANCE       as root
 * $XDG_RUNTIME_DIR/gyre/HOST/...        as another user
 * /dev/shm/gyre-UID/HOST/...            where neither is in memory
 * HOST.root                             beside it: the data root that it is of
 * </pre>
 *
 * What is empty, and of a data root that is no more, is removed. All but what is of an instance is
 * 0711, so that a workload's user reaches what is its own. Any thread.
 */
public final class VolatileRoot {
  private static final Logger log = LoggerFactory.getLogger(VolatileRoot.class);

  /** What is younger may be in the making. */
  private static final Duration ABANDONED = Duration.ofMinutes(2);

  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  private final String hostId;
  private final Path dataRoot;
  private final List<Path> candidates;
  private @Nullable Path found;

  /**
   * @param dataRoot whose host it is
   */
  public VolatileRoot(String hostId, Path dataRoot, Map<String, String> environment) {
    this(hostId, dataRoot, candidates(environment));
  }

  VolatileRoot(String hostId, Path dataRoot, List<Path> candidates) {
    this.hostId = hostId;
    this.dataRoot = dataRoot.toAbsolutePath();
    this.candidates = List.copyOf(candidates);
  }

  private static List<Path> candidates(Map<String, String> environment) {
    List<Path> all = new ArrayList<>();
    long uid = uid();
    if (uid == 0) {
      all.add(Path.of("/run/gyre"));
    } else {
      String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
      if (runtime.startsWith("/")) {
        all.add(Path.of(runtime, "gyre"));
      }
    }
    all.add(Path.of("/dev/shm/gyre-" + uid));
    return all;
  }

  private static long uid() {
    try {
      return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    } catch (IOException e) {
      return -1;
    }
  }

  /**
   * The directory of a runtime; it is there.
   *
   * @throws RuntimeFailure UNSUPPORTED where no candidate is in memory and this user's own
   */
  public synchronized Path directory(String runtime) throws RuntimeFailure {
    try {
      return make(root().resolve(runtime));
    } catch (IOException e) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.UNAVAILABLE,
          "no_volatile_directory",
          "the directory for secrets can't be made: " + e,
          "check the owner of " + candidates + " and the free memory");
    }
  }

  private Path root() throws RuntimeFailure {
    Path known = found;
    if (known != null && Files.isDirectory(known)) {
      return known;
    }
    List<String> reasons = new ArrayList<>();
    for (Path candidate : candidates) {
      try {
        Path root = make(make(candidate).resolve(hostId));
        String type = Files.getFileStore(root).type();
        if (IN_MEMORY.contains(type)) {
          found = root;
          GoneRoots.note(root, dataRoot);
          GoneRoots.sweep(candidate, uid());
          return root;
        }
        Files.deleteIfExists(root);
        reasons.add(candidate + " is on " + type);
      } catch (IOException e) {
        reasons.add(candidate + ": " + e);
      }
    }
    throw new RuntimeFailure(
        RuntimeFailure.Kind.UNSUPPORTED,
        "no_volatile_directory",
        "no directory in memory was found for secrets: " + String.join(", ", reasons),
        "mount a tmpfs at /run or /dev/shm");
  }

  /** Refuses what somebody else has made there. */
  private static Path make(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if (((Number) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue()
        != uid()) {
      throw new IOException("it belongs to somebody else");
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    return directory;
  }

  /** Removes what is left of an instance. */
  public void remove(String runtime, String instance) {
    Path known;
    synchronized (this) {
      known = found;
    }
    if (known != null) {
      delete(known.resolve(runtime).resolve(instance));
    }
  }

  /** Removes what is of none of these instances: a host that was killed leaves it. */
  public void sweep(String runtime, Set<String> instances) {
    Path directory;
    try {
      directory = root().resolve(runtime);
    } catch (RuntimeFailure e) {
      return;
    }
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> all = Files.list(directory)) {
      for (Path each : all.toList()) {
        String name = Objects.requireNonNull(each.getFileName()).toString();
        boolean making = name.startsWith(".");
        boolean old =
            Files.getLastModifiedTime(each).toInstant().isBefore(Instant.now().minus(ABANDONED));
        if (making ? old : !instances.contains(name)) {
          delete(each);
        }
      }
    } catch (IOException e) {
      log.warn("{} can't be swept: {}", directory, e.toString());
    }
  }

  private static void delete(Path path) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      log.warn("{} can't be removed: {}", path, e.toString());
    }
  }
}
