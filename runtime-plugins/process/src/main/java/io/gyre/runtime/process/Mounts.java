package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted into an instance. A host process sees the host's files as they are, so a mount is
 * a link: {@code $GYRE_MOUNTS} followed by the destination leads to what is mounted.
 */
final class Mounts {
  static final String VARIABLE = "GYRE_MOUNTS";

  private Mounts() {}

  /** Refuses what can't be had, before anything is made. */
  static void check(InstanceSpec spec, boolean otherUser) throws RuntimeFailure {
    if (spec.mounts().isEmpty()) {
      return;
    }
    if (otherUser) {
      throw unsupported(
          "Volumes can't be given to a process of another user than Gyre's: the data root is closed"
              + " to it.",
          "Leave out 'user', or give paths of the host instead of 'volumes'.");
    }
    TreeMap<String, Mount> destinations = new TreeMap<>();
    for (Mount mount : spec.mounts()) {
      for (String other : destinations.keySet()) {
        if (other.startsWith(mount.destination() + "/")
            || mount.destination().startsWith(other + "/")
            || mount.destination().equals(other)) {
          throw new RuntimeFailure(
              RuntimeFailure.Kind.INVALID,
              "mounts_nested",
              "The destinations " + other + " and " + mount.destination() + " lie in each other.",
              "A host process can't have one mount within another; change one of them.");
        }
      }
      destinations.put(mount.destination(), mount);
      check(mount);
    }
  }

  private static void check(Mount mount) throws RuntimeFailure {
    switch (mount.type()) {
      case FILE -> {
        if (mount.path() == null) {
          throw unsupported(
              "The file at " + mount.destination() + " comes without a place on the host.", null);
        }
      }
      case BIND -> {
        refuseReadOnly(mount);
        if (!Files.exists(Path.of(mount.source()))) {
          throw new RuntimeFailure(
              RuntimeFailure.Kind.INVALID,
              "bind_source_missing",
              "There is no file or directory " + mount.source() + " on the host.",
              "Make it, or correct the source.");
        }
      }
      case VOLUME -> refuseReadOnly(mount);
    }
  }

  private static void refuseReadOnly(Mount mount) throws RuntimeFailure {
    if (mount.readOnly()) {
      throw unsupported(
          "The mount at "
              + mount.destination()
              + " can't be read-only: a host process may write where its user may.",
          "Use 'permission: rw', a user that may only read, or a container.");
    }
  }

  /**
   * Makes the links.
   *
   * @param mounts an empty directory
   */
  static void link(Path mounts, InstanceSpec spec, Volumes volumes) throws IOException {
    for (Mount mount : spec.mounts()) {
      Path link = mounts.resolve(mount.destination().substring(1));
      Files.createDirectories(link.getParent());
      Files.createSymbolicLink(link, target(mount, spec.namespace(), volumes));
    }
  }

  private static Path target(Mount mount, String namespace, Volumes volumes) throws IOException {
    return switch (mount.type()) {
      case FILE -> Path.of(mount.path() == null ? "" : mount.path());
      case BIND -> Path.of(mount.source());
      case VOLUME -> volumes.make(namespace, mount.source());
    };
  }

  /** For the environment; empty where nothing is mounted. */
  static Map<String, String> environment(InstanceSpec spec, Path mounts) {
    return spec.mounts().isEmpty() ? Map.of() : Map.of(VARIABLE, mounts.toString());
  }

  private static RuntimeFailure unsupported(String message, @Nullable String hint) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.UNSUPPORTED, "unsupported_by_process_runtime", message, hint);
  }
}
