package io.gyre.bus;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.messages.MessageCodec;
import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a process says to the others and hears from them.
 *
 * <p>Publishing is possible from {@link #open} on, reading begins with {@link #start}. A message is
 * safe from the death of any process once it is published, but not from a power cut, and it may
 * come twice: see {@link BusHandler}.
 */
public final class Bus implements AutoCloseable {
  /** Both together stay under a second. */
  private static final long STOP_READER_MS = 600;

  private static final long STOP_WRITER_MS = 200;

  private final BusConfig config;
  private final QueueWriter writer;
  private final List<Ringer> ringers;
  private final Counters counters = new Counters();

  /** Held for the writer, the ringers and the fields below. */
  private final ReentrantLock lock = new ReentrantLock();

  private long messages;
  private boolean closed;
  private volatile @Nullable Reader reader;

  private Bus(BusConfig config, QueueWriter writer) {
    this.config = config;
    this.writer = writer;
    this.ringers =
        Arrays.stream(Component.values())
            .filter(component -> component != config.self())
            .map(component -> new Ringer(Doorbell.path(config.socketDirectory(), component)))
            .toList();
  }

  /**
   * Makes the directories and opens the queue of this process. A damaged queue is put aside and a
   * new one started.
   *
   * @throws GyreException CONFLICT where another process of the same component is still running;
   *     INVALID where the socket directory's path is too long
   */
  public static Bus open(BusConfig config) {
    for (Component component : Component.values()) {
      Doorbell.requireShort(Doorbell.path(config.socketDirectory(), component));
    }
    Directories.create(config.directory());
    Directories.create(config.positions());
    Directories.create(config.socketDirectory());
    return new Bus(config, QueueWriter.open(config));
  }

  /**
   * Writes a message and rings everyone. Any thread; the order of the returns is the order of the
   * messages.
   *
   * @param correlation of the user action that this belongs to
   * @param causeId id of the message that this answers, or empty
   * @return the message's id
   * @throws GyreException EXHAUSTED, {@code bus.disk_full}; TOO_LARGE; UNAVAILABLE, {@code
   *     bus.closed}; in each case nothing was written
   */
  public String publish(Message message, String correlation, String causeId) {
    boolean interrupted = Thread.interrupted();
    lock.lock();
    try {
      if (closed) {
        throw closed();
      }
      String id = config.self().id() + "-" + config.epoch() + "-" + (messages + 1);
      Envelope envelope =
          new Envelope(
              id, correlation, config.self(), config.epoch(), causeId, config.clock().instant());
      writer.append(Frames.wrap(MessageCodec.encode(envelope, message)));
      messages++;
      counters.published.increment();
      Failpoints.hit("bus.append.written");
      ringers.forEach(Ringer::ring);
      return id;
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Begins to read, on a thread named {@code bus-reader}: each source where this process left off;
   * one that it never read, from now on. Once per bus.
   */
  public void start(BusHandler handler) {
    lock.lock();
    try {
      if (closed) {
        throw closed();
      }
      if (reader != null) {
        throw new IllegalStateException("already started");
      }
      Queues.requireJvmFlags();
      Doorbell bell = Doorbell.open(config.socketDirectory(), config.self());
      List<Source> sources = new ArrayList<>();
      for (Component component : Component.values()) {
        if (config.readFrom().contains(component)) {
          Source source = new Source(config, component, counters);
          source.start();
          sources.add(source);
        }
      }
      Reader started = new Reader(bell, sources, new Dispatcher(handler, counters));
      reader = started;
      started.start();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs a task on the reading thread, soon; it must be quick. A task that never runs tells of a
   * handler that hangs. Before {@link #start} it is dropped.
   */
  public void execute(Runnable task) {
    Reader started = reader;
    if (started != null) {
      started.execute(task);
    }
  }

  public BusStats stats() {
    return counters.stats();
  }

  /**
   * Within a second. The message that is being handled is the last; if its handling takes longer,
   * it goes on on its own. No thread is interrupted.
   */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      Reader started = reader;
      if (started != null) {
        started.stop(STOP_READER_MS);
      }
      if (lock.tryLock(STOP_WRITER_MS, TimeUnit.MILLISECONDS)) {
        try {
          if (!closed) {
            closed = true;
            ringers.forEach(Ringer::close);
            writer.close();
          }
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static GyreException closed() {
    return new GyreException(
        ErrorKind.UNAVAILABLE, "bus.closed", "the bus is closed: this process is stopping", null);
  }
}
