package io.gyre.bus;

import io.gyre.model.Component;
import io.gyre.model.Failpoints;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of another process as this one reads it, which may be missing, broken or replaced at
 * any time. Not thread-safe.
 */
final class Source implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Source.class);

  /** Takes an entry of the queue; false: it is to come again, after a restart. */
  interface Sink {
    boolean accept(Component source, long index, byte[] entry);
  }

  private final BusConfig config;
  private final Component component;
  private final Path directory;
  private final Path positionFile;
  private final Counters counters;
  private @Nullable RandomAccessFile positionOut;
  private @Nullable SingleChronicleQueue queue;
  private @Nullable ExcerptTailer tailer;

  /** What the open queue's files are; another one means that the queue was replaced. */
  private @Nullable Object identity;

  /** The last problem that was logged; the same one is logged once. */
  private String complaint = "";

  /** Opening or reading failed; it takes a thorough check to try again. */
  private boolean failed;

  Source(BusConfig config, Component component, Counters counters) {
    this.config = config;
    this.component = component;
    this.directory = config.queue(component);
    this.positionFile = config.positions().resolve(config.self().id() + "-" + component.id());
    this.counters = counters;
  }

  /**
   * Opens the queue if it is there. A reader that was never here starts behind what is there now,
   * for it reads the state itself from elsewhere; what comes later, it gets.
   */
  void start() {
    try {
      if (Position.read(positionFile).isEmpty()) {
        if (identityNow() == null || !openAtEnd()) {
          save(Position.BEGINNING);
        }
      }
    } catch (IOException | RuntimeException | InternalError | AssertionError e) {
      complain(e);
      closeQueue();
    }
    check(true);
  }

  /**
   * Hands over what is there, at most so many, and remembers after each how far it came.
   *
   * @return how many there were
   */
  int drain(int max, BooleanSupplier stopping, Sink sink) {
    try {
      ExcerptTailer from = tailer;
      if (from == null) {
        return 0;
      }
      int count = 0;
      while (count < max && !stopping.getAsBoolean() && next(from, sink)) {
        count++;
      }
      return count;
    } catch (IOException | RuntimeException | InternalError | AssertionError e) {
      complain(e);
      closeQueue();
      return 0;
    }
  }

  /**
   * Opens the queue if it has appeared or was replaced.
   *
   * @param thorough to be set every second or so; otherwise only the cheap part is done
   * @return whether it was opened, so that there may be something to drain
   */
  boolean check(boolean thorough) {
    if (!thorough && (tailer != null || failed)) {
      return false;
    }
    try {
      @Nullable Object now = identityNow();
      if (tailer != null && now != null && !now.equals(identity)) {
        log.info("The queue of {} was replaced", component.id());
        closeQueue();
      }
      if (tailer != null || now == null) {
        return false;
      }
      identity = now;
      open();
      failed = false;
      complaint = "";
      return true;
    } catch (IOException
        | QueueIntegrity.BrokenQueueException
        | RuntimeException
        | InternalError
        | AssertionError e) {
      complain(e);
      closeQueue();
      return false;
    }
  }

  /** Tells the writer that this reader is still there although it reads nothing. */
  void touch() {
    try {
      Files.setLastModifiedTime(positionFile, FileTime.from(config.clock().instant()));
    } catch (IOException e) {
      complain(e);
    }
  }

  @Override
  public void close() {
    closeQueue();
    RandomAccessFile out = positionOut;
    positionOut = null;
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        log.warn("Can't close {}", positionFile, e);
      }
    }
  }

  private boolean next(ExcerptTailer from, Sink sink) throws IOException {
    long index;
    byte[] entry;
    try (DocumentContext document = from.readingDocument()) {
      if (!document.isPresent()) {
        return false;
      }
      index = document.index();
      entry = read(document);
    }
    boolean done = sink.accept(component, index, entry);
    Failpoints.hit("bus.read.handled");
    if (done) {
      save(new Position(index, Frames.fingerprint(entry)));
    }
    return done;
  }

  private static byte[] read(DocumentContext document) {
    Bytes<?> bytes = document.wire().bytes();
    byte[] entry = new byte[Math.toIntExact(bytes.readRemaining())];
    bytes.read(entry);
    return entry;
  }

  private void open() throws IOException, QueueIntegrity.BrokenQueueException {
    ExcerptTailer opened = tailer();
    Position position = Position.read(positionFile).orElse(Position.BEGINNING);
    if (position.index() == Position.NONE) {
      toOldest(opened);
    } else if (!isAt(opened, position)) {
      counters.repositioned.increment();
      log.warn(
          "What {} last read of {} is no longer there; reading on at the oldest message that is",
          config.self().id(),
          component.id());
      toOldest(opened);
      save(Position.BEGINNING);
    }
  }

  /** By the files themselves: what Chronicle has noted of them is wrong after a crash or a rm. */
  private void toOldest(ExcerptTailer opened) throws IOException {
    for (Path file : QueueIntegrity.files(directory)) {
      if (opened.moveToIndex(Queues.firstIndexOfFile(file))) {
        return;
      }
    }
    opened.toStart();
  }

  private boolean openAtEnd() throws IOException {
    try {
      identity = identityNow();
      ExcerptTailer opened = tailer();
      long last = opened.queue().lastIndex();
      Optional<Position> end = last < 0 ? Optional.empty() : positionAt(opened, last);
      end.ifPresent(this::trySave);
      closeQueue();
      return end.isPresent();
    } catch (QueueIntegrity.BrokenQueueException e) {
      complain(e);
      return false;
    }
  }

  /** Afterwards the tailer is behind the position if the answer is yes. */
  private static boolean isAt(ExcerptTailer opened, Position position) {
    return position.index() >= 0
        && positionAt(opened, position.index()).equals(Optional.of(position));
  }

  private static Optional<Position> positionAt(ExcerptTailer opened, long index) {
    if (!opened.moveToIndex(index)) {
      return Optional.empty();
    }
    try (DocumentContext document = opened.readingDocument()) {
      return document.isPresent() && document.index() == index
          ? Optional.of(new Position(index, Frames.fingerprint(read(document))))
          : Optional.empty();
    }
  }

  private ExcerptTailer tailer() throws IOException, QueueIntegrity.BrokenQueueException {
    QueueIntegrity.check(directory);
    SingleChronicleQueue opening = Queues.readable(directory, config.clock()::millis);
    queue = opening;
    ExcerptTailer opened = opening.createTailer();
    opened.singleThreadedCheckDisabled(true);
    tailer = opened;
    return opened;
  }

  private void trySave(Position position) {
    try {
      save(position);
    } catch (IOException e) {
      complain(e);
    }
  }

  /** Not by a channel: those close themselves when their thread was interrupted. */
  private void save(Position position) throws IOException {
    RandomAccessFile out = positionOut;
    if (out == null) {
      out = new RandomAccessFile(positionFile.toFile(), "rw");
      positionOut = out;
    }
    out.seek(0);
    out.write(position.toBytes());
  }

  private @Nullable Object identityNow() throws IOException {
    Path metadata = directory.resolve(Queues.METADATA);
    if (!metadata.toFile().exists()) {
      return null;
    }
    return Files.readAttributes(metadata, BasicFileAttributes.class).fileKey();
  }

  private void complain(Throwable problem) {
    failed = true;
    String text = problem.toString();
    if (!text.equals(complaint)) {
      complaint = text;
      log.warn("Can't read the queue {} for now: {}", directory, text);
    }
  }

  private void closeQueue() {
    ExcerptTailer oldTailer = tailer;
    SingleChronicleQueue oldQueue = queue;
    tailer = null;
    queue = null;
    try {
      if (oldTailer != null) {
        oldTailer.close();
      }
      if (oldQueue != null) {
        oldQueue.close();
      }
    } catch (RuntimeException | InternalError | AssertionError e) {
      log.warn("Can't close the queue {}: {}", directory, e.toString());
    }
  }
}
