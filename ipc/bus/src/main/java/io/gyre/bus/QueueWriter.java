package io.gyre.bus;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueStore;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one appender of this process's own queue. Not thread-safe: {@link Bus} calls it under its
 * lock. The queue is opened at the first moment that the disk has room for it.
 */
final class QueueWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QueueWriter.class);

  /** A queue that is further ahead of the clock than this is of a clock that was wrong. */
  private static final Duration FUTURE = Duration.ofHours(24);

  private final BusConfig config;
  private final Path directory;
  private final FileChannel lockFile;
  private final Retention retention;
  private @Nullable SingleChronicleQueue queue;
  private @Nullable ExcerptAppender appender;
  private int cycle;

  private QueueWriter(BusConfig config, FileChannel lockFile) {
    this.config = config;
    this.directory = config.queue(config.self());
    this.lockFile = lockFile;
    this.retention = new Retention(directory, config.positions(), config.self(), config.clock());
  }

  /**
   * @throws GyreException CONFLICT where another process writes this queue
   */
  static QueueWriter open(BusConfig config) {
    Directories.create(config.directory());
    FileChannel lockFile = lock(config);
    QueueWriter writer = new QueueWriter(config, lockFile);
    boolean opened = false;
    try {
      if (writer.hasRoom()) {
        writer.openQueue();
      } else {
        log.warn("The disk under {} is full: nothing is published for now", config.directory());
      }
      opened = true;
      return writer;
    } finally {
      if (!opened) {
        writer.close();
      }
    }
  }

  /**
   * Visible to all readers, and safe from the death of this process, when it returns.
   *
   * @throws GyreException EXHAUSTED, {@code bus.disk_full}: nothing was written
   */
  void append(byte[] entry) {
    if (!hasRoom()) {
      throw new GyreException(
          ErrorKind.EXHAUSTED,
          "bus.disk_full",
          "less than "
              + (config.freeSpaceGuardBytes() >> 20)
              + " MiB are free on the disk under "
              + config.directory(),
          "free some space; Gyre goes on by itself");
    }
    ExcerptAppender to = appender == null ? openQueue() : appender;
    try {
      write(to, entry);
    } catch (RuntimeException | Error e) {
      throw new GyreException(
          ErrorKind.INTERNAL,
          "bus.append_failed",
          "can't write to the queue " + directory + ": " + e,
          "look at the disk and its permissions, then restart " + config.self().id(),
          List.of(),
          e);
    }
    if (to.cycle() != cycle) {
      cycle = to.cycle();
      clean();
    }
  }

  private static void write(ExcerptAppender to, byte[] entry) {
    try (DocumentContext document = to.writingDocument()) {
      boolean written = false;
      try {
        document.wire().bytes().write(entry);
        Failpoints.hit("bus.append.open");
        written = true;
      } finally {
        if (!written) {
          document.rollbackOnClose();
        }
      }
    }
  }

  @Override
  public void close() {
    closeQueue();
    try {
      lockFile.close();
    } catch (IOException e) {
      log.warn("Can't close the lock of {}", directory, e);
    }
  }

  private boolean hasRoom() {
    return config.directory().toFile().getUsableSpace() >= config.freeSpaceGuardBytes();
  }

  private static FileChannel lock(BusConfig config) {
    Component self = config.self();
    Path file = config.directory().resolve(self.id() + ".lock");
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel)) {
        return channel;
      }
      channel.close();
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "bus.directory",
          "can't lock " + file + ": " + e,
          "make it writable for the user that Gyre runs as",
          List.of(),
          e);
    }
    throw new GyreException(
        ErrorKind.CONFLICT,
        "bus.in_use",
        "another " + self.id() + " process writes the queue in " + config.directory(),
        "stop it first, or give this one another data directory");
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Puts a queue that can't be used aside and starts a new one. */
  private ExcerptAppender openQueue() {
    Queues.requireJvmFlags();
    @Nullable Throwable broken = tryOpen();
    if (broken != null) {
      closeQueue();
      BrokenQueues.putAside(directory, broken);
      broken = tryOpen();
    }
    ExcerptAppender opened = appender;
    if (broken != null || opened == null) {
      closeQueue();
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "bus.unusable",
          "can't open the queue " + directory + ": " + broken,
          "look at the disk and its permissions",
          List.of(),
          broken);
    }
    clean();
    return opened;
  }

  /** What is wrong with the queue, or null and it is open. */
  @SuppressWarnings("CatchAndPrintStackTrace")
  private @Nullable Throwable tryOpen() {
    try {
      Directories.create(directory);
      QueueIntegrity.Contents contents = QueueIntegrity.check(directory);
      CycleTime time = new CycleTime(config.clock());
      SingleChronicleQueue opening = Queues.writable(directory, time);
      queue = opening;
      if (opening.lastCycle() >= 0) {
        Instant last = Queues.startOfCycle(opening.lastCycle());
        if (last.isAfter(config.clock().instant().plus(FUTURE))) {
          return new QueueIntegrity.BrokenQueueException("its newest file is of " + last);
        }
        time.reach(last);
      }
      ExcerptAppender opened = opening.createAppender();
      opened.singleThreadedCheckDisabled(true);
      requireSame(contents, opening);
      cycle = opened.cycle();
      appender = opened;
      return null;
    } catch (IOException
        | QueueIntegrity.BrokenQueueException
        | RuntimeException
        | InternalError
        | AssertionError e) {
      return e;
    }
  }

  /**
   * Chronicle goes by its index and by where it last wrote, readers by the headers: both must know
   * the same messages. A killed writer leaves at most one that only the headers know.
   */
  private static void requireSame(QueueIntegrity.Contents contents, SingleChronicleQueue opened)
      throws QueueIntegrity.BrokenQueueException {
    if (contents.messages() == 0 && opened.lastCycle() < 0) {
      return;
    }
    SingleChronicleQueueStore store =
        opened.storeForCycle(opened.lastCycle(), opened.epoch(), false, null);
    if (store == null) {
      throw new QueueIntegrity.BrokenQueueException("its newest file can't be read");
    }
    try {
      if (store.writePosition() > contents.lastAt()) {
        throw new QueueIntegrity.BrokenQueueException(
            "its newest file was written up to "
                + store.writePosition()
                + ", but the last message that can be read is at "
                + contents.lastAt());
      }
    } finally {
      opened.closeStore(store);
    }
    long last = opened.lastIndex();
    if (contents.messages() > 0 && Queues.sequenceOfIndex(last) != contents.messages() - 1) {
      throw new QueueIntegrity.BrokenQueueException(
          "its newest file has "
              + contents.messages()
              + " messages, but its index "
              + (Queues.sequenceOfIndex(last) + 1));
    }
  }

  private void clean() {
    SingleChronicleQueue of = queue;
    if (of != null && retention.deletePassed()) {
      of.refreshDirectoryListing();
    }
  }

  private void closeQueue() {
    ExcerptAppender oldAppender = appender;
    SingleChronicleQueue oldQueue = queue;
    appender = null;
    queue = null;
    try {
      if (oldAppender != null) {
        oldAppender.close();
      }
      if (oldQueue != null) {
        oldQueue.close();
      }
    } catch (RuntimeException | InternalError | AssertionError e) {
      log.warn("Can't close the queue {}: {}", directory, e.toString());
    }
  }
}
