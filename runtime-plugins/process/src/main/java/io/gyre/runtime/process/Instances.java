package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The instances in a state directory, as its files and /proc show them. Never writes. */
final class Instances {
  private static final long OVERDUE_MS = 2000;

  private final Path state;
  private final Machine machine;
  private final String hostId;
  private final Map<String, Cached> identities = new ConcurrentHashMap<>();

  /**
   * @param directoryKey of the directory it was read from: an instance made anew has another
   */
  private record Cached(Object directoryKey, Identity identity) {}

  Instances(Path state, Machine machine, String hostId) {
    this.state = state;
    this.machine = machine;
    this.hostId = hostId;
  }

  InstanceDirectory directory(String id) {
    return new InstanceDirectory(state.resolve("instances").resolve(id));
  }

  Path journals() {
    return state.resolve("journal");
  }

  Path journal(String id) {
    return journals().resolve(id);
  }

  String handle(String id) {
    return hostId + "/" + id;
  }

  Set<String> ids() throws IOException {
    Set<String> ids = new TreeSet<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(state.resolve("instances"))) {
      for (Path directory : directories) {
        ids.add(directory.getFileName().toString());
      }
    }
    return ids;
  }

  /** Empty where there is no such instance. */
  Optional<Identity> identity(String id) throws IOException {
    Path path = directory(id).path();
    try {
      Object key =
          Objects.requireNonNullElse(
              Files.readAttributes(path, BasicFileAttributes.class).fileKey(), path);
      Cached cached = identities.get(id);
      if (cached == null || !cached.directoryKey.equals(key)) {
        cached = new Cached(key, Identity.read(directory(id).identity()));
        identities.put(id, cached);
      }
      return Optional.of(cached.identity);
    } catch (NoSuchFileException e) {
      identities.remove(id);
      return Optional.empty();
    }
  }

  Optional<InstanceStatus> status(String id) throws IOException {
    Optional<Identity> identity = identity(id);
    if (identity.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(current(identity.get()).status);
  }

  /** What a record came to when it was written. */
  InstanceStatus recorded(Identity identity, Journal.Line line) {
    return Statuses.of(identity, Optional.of(line), directory(identity.id()), false);
  }

  private record Current(InstanceStatus status, boolean keeperless) {}

  private Current current(Identity identity) throws IOException {
    Path journal = journal(identity.id());
    Optional<Journal.Line> line = Journal.last(journal);
    boolean keeperless = keeperless(line);
    if (keeperless) {
      // What it recorded just before it ended counts.
      line = Journal.last(journal);
      keeperless = keeperless(line);
    }
    boolean lost =
        keeperless
            && line.filter(last -> last.main().isPresent() && !last.mainAlive(machine.bootId()))
                .isPresent();
    InstanceStatus status = Statuses.of(identity, line, directory(identity.id()), lost);
    return new Current(status, keeperless);
  }

  /**
   * @param keeperless told of each that should have a keeper but hasn't
   */
  List<InstanceStatus> list(Consumer<String> keeperless) throws RuntimeFailure {
    List<InstanceStatus> all = new ArrayList<>();
    try {
      for (String id : ids()) {
        Optional<Identity> identity = identity(id);
        if (identity.isPresent()) {
          Current current = current(identity.get());
          all.add(current.status);
          if (current.keeperless) {
            keeperless.accept(id);
          }
        }
      }
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't list its instances", e);
    }
    return all;
  }

  /** Whether its living keeper must know more than this, its last record. */
  boolean outdated(Journal.Line last) {
    if (last.ended() || !last.keeperAlive(machine.bootId())) {
      return false;
    }
    return switch (last.event()) {
      case S -> !last.mainAlive(machine.bootId());
      case B -> last.next() + OVERDUE_MS < System.currentTimeMillis();
      default -> false;
    };
  }

  /** Whether it should have a keeper and hasn't. */
  boolean keeperless(Optional<Journal.Line> last) {
    return last.isEmpty() || (!last.get().ended() && !last.get().keeperAlive(machine.bootId()));
  }

  RuntimeFailure unknown(String id) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.NOT_FOUND,
        "instance_unknown",
        "There is no process instance '" + id + "'.",
        null);
  }
}
