package io.gyre.bus;

import io.gyre.model.Component;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the files of a queue that nobody needs: not the newest two, and either passed by every
 * reader that was alive within a day, or over the size that all files together may have. Run by the
 * writer; a reader whose file goes reads on at the oldest that is left.
 */
final class Retention {
  private static final Logger log = LoggerFactory.getLogger(Retention.class);
  private static final int KEPT = 2;
  private static final Duration AWAY = Duration.ofHours(24);
  static final long MAX_BYTES = 256L << 20;

  private final Path queue;
  private final Path positions;
  private final String readersOfThis;
  private final Clock clock;
  private final long maxBytes;

  Retention(Path queue, Path positions, Component writer, Clock clock) {
    this(queue, positions, writer, clock, MAX_BYTES);
  }

  Retention(Path queue, Path positions, Component writer, Clock clock, long maxBytes) {
    this.queue = queue;
    this.positions = positions;
    this.readersOfThis = "-" + writer.id();
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  /** Whether any file is gone. */
  boolean deletePassed() {
    try {
      List<Path> files = QueueIntegrity.files(queue);
      if (files.size() <= KEPT) {
        return false;
      }
      String needed = oldestNeeded();
      long bytes = size(files);
      boolean deleted = false;
      for (Path file : files.subList(0, files.size() - KEPT)) {
        boolean passed = file.getFileName().toString().compareTo(needed) < 0;
        if (passed || bytes > maxBytes) {
          if (!passed) {
            log.warn("Deleting {} though not every reader has read it: too much is kept", file);
          }
          bytes -= Files.size(file);
          Files.delete(file);
          deleted = true;
        }
      }
      return deleted;
    } catch (IOException e) {
      log.warn("Can't delete old files of {}: {}", queue, e.toString());
      return false;
    }
  }

  private static long size(List<Path> files) throws IOException {
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  /** The name of the file that the slowest reader is in; files before it are passed. */
  private String oldestNeeded() throws IOException {
    String oldest = "\uffff";
    if (!Files.isDirectory(positions)) {
      return oldest;
    }
    Instant away = clock.instant().minus(AWAY);
    try (Stream<Path> readers = Files.list(positions)) {
      for (Path reader : readers.toList()) {
        if (reader.getFileName().toString().endsWith(readersOfThis)
            && Files.getLastModifiedTime(reader).toInstant().isAfter(away)) {
          Optional<Position> position = Position.read(reader);
          String in =
              position.isEmpty() || position.get().index() < 0
                  ? ""
                  : Queues.fileNameOfIndex(position.get().index());
          oldest = in.compareTo(oldest) < 0 ? in : oldest;
        }
      }
    }
    return oldest;
  }
}
