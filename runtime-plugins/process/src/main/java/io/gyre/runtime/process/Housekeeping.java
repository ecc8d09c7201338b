package io.gyre.runtime.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Clears away what a JVM left that died in the middle of making or removing an instance. */
final class Housekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  /** Younger directories may be in the making by another generation. */
  private static final Duration ABANDONED = Duration.ofMinutes(2);

  private final Path state;
  private final Instances instances;
  private final String bootId;

  Housekeeping(Path state, Instances instances, String bootId) {
    this.state = state;
    this.instances = instances;
    this.bootId = bootId;
  }

  static void makeDirectories(Path state) throws IOException {
    for (String name :
        new String[] {"keepers", "instances", "journal", "ports", "making", "trash"}) {
      InstanceDirectory.makePrivate(state.resolve(name));
    }
  }

  void clean(Ports ports, Cgroups cgroups, String hostId) throws IOException {
    discardTorn();
    deleteAll(state.resolve("trash"), Instant.MAX);
    deleteAll(state.resolve("making"), Instant.now().minus(ABANDONED));
    Set<String> ids = instances.ids();
    try (DirectoryStream<Path> journals = Files.newDirectoryStream(instances.journals())) {
      for (Path journal : journals) {
        if (!ids.contains(journal.getFileName().toString())) {
          Files.deleteIfExists(journal);
        }
      }
    }
    ports.releaseAllBut(ids);
    cgroups.removeAllBut(hostId, ids);
  }

  /** A power cut can leave files empty; what is to run is known elsewhere and made anew. */
  private void discardTorn() throws IOException {
    for (String id : instances.ids()) {
      try {
        instances.identity(id);
        Policy.read(instances.directory(id).policy());
      } catch (IOException e) {
        if (Keepers.holder(instances.directory(id)).filter(held -> held.alive(bootId)).isEmpty()) {
          LOG.warn("discarding the damaged files of instance {}: {}", id, e.getMessage());
          Strays.kill(instances.handle(id));
          instances.directory(id).discard(state.resolve("trash"));
        }
      }
    }
  }

  private static void deleteAll(Path directory, Instant before) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.getLastModifiedTime(entry).toInstant().isBefore(before)) {
          InstanceDirectory.delete(entry);
        }
      }
    } catch (IOException e) {
      LOG.warn("can't clear {}: {}", directory, e.toString());
    }
  }
}
