package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives each instance a port of its own from a range. A port is taken by making a file with its
 * number, so that two generations never give it twice.
 */
final class Ports {
  private static final Duration RESERVATION = Duration.ofMinutes(2);

  private final Path directory;
  private final int first;
  private final int last;
  private final AtomicInteger turn = new AtomicInteger();

  private Ports(Path directory, int first, int last) {
    this.directory = directory;
    this.first = first;
    this.last = last;
  }

  /**
   * @param range as in {@code 20000-29999}
   */
  static Ports of(Path directory, String range) throws RuntimeFailure {
    String[] ends = range.strip().split("-", -1);
    try {
      int first = Integer.parseInt(ends[0].strip());
      int last = Integer.parseInt(ends[ends.length - 1].strip());
      if (ends.length == 2 && first >= 1 && last <= 65535 && first <= last) {
        return new Ports(directory, first, last);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new RuntimeFailure(
        RuntimeFailure.Kind.INVALID,
        "port_range_invalid",
        "'" + range + "' is no range of ports.",
        "Set port_range as in 20000-29999.");
  }

  /** Takes one that nothing listens on. */
  int take(String id) throws RuntimeFailure {
    int size = last - first + 1;
    for (int i = 0; i < size; i++) {
      int port = first + Math.floorMod(turn.getAndIncrement(), size);
      if (!Files.exists(file(port)) && free(port) && reserve(port, id)) {
        return port;
      }
    }
    throw new RuntimeFailure(
        RuntimeFailure.Kind.EXHAUSTED,
        "ports_exhausted",
        "All ports from " + first + " to " + last + " are in use.",
        "Widen port_range in the settings of the process runtime, or remove instances.");
  }

  private boolean reserve(int port, String id) throws RuntimeFailure {
    try {
      Files.writeString(file(port), id, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      discard(port);
      throw InstanceDirectory.diskFailure("can't reserve a port", e);
    }
  }

  /** A full disk leaves an empty file. */
  private void discard(int port) {
    try {
      Files.deleteIfExists(file(port));
    } catch (IOException e) {
      // Cleaned up by the next open.
    }
  }

  private static boolean free(int port) {
    try (ServerSocket probe = new ServerSocket(port)) {
      return probe.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** Gives it back, where this instance has it. */
  void release(int port, String id) {
    try {
      if (Files.readString(file(port)).equals(id)) {
        Files.deleteIfExists(file(port));
      }
    } catch (IOException e) {
      // Not one of ours; what is left is cleaned up by the next open.
    }
  }

  /** Gives back what no instance has, except what was taken just now. */
  void releaseAllBut(Set<String> ids) throws IOException {
    Instant old = Instant.now().minus(RESERVATION);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!ids.contains(Files.readString(file))
            && Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private Path file(int port) {
    return directory.resolve(Integer.toString(port));
  }
}
