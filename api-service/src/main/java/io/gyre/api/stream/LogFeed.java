package io.gyre.api.stream;

import io.gyre.messages.Message.OpenLogs;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrames;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Reads one instance's log into a queue, on a thread of its own, until the log or the queue ends.
 */
final class LogFeed implements AutoCloseable {
  /**
   * Which part of the log.
   *
   * @param tail last lines only, -1: all
   */
  record Range(int tail, @Nullable Instant since, boolean follow) {}

  private final StreamServer server;
  private final InstanceId instance;
  private final ByteQueue<LogItem> queue;
  private final AtomicReference<@Nullable SocketChannel> channel = new AtomicReference<>();
  private volatile boolean closed;

  private LogFeed(StreamServer server, InstanceId instance, ByteQueue<LogItem> queue) {
    this.server = server;
    this.instance = instance;
    this.queue = queue;
  }

  static LogFeed start(
      StreamServer server,
      InstanceId instance,
      Range range,
      String correlation,
      ByteQueue<LogItem> queue) {
    LogFeed feed = new LogFeed(server, instance, queue);
    var _ = Thread.ofVirtual().name("log").start(() -> feed.run(range, correlation));
    return feed;
  }

  private void run(Range range, String correlation) {
    try {
      SocketChannel connected =
          server.connect(
              path -> new OpenLogs(instance, path, range.tail(), range.since(), range.follow()),
              correlation);
      try {
        channel.set(connected);
        if (!closed) {
          queue.put(read(connected));
        }
      } finally {
        server.close(connected);
      }
    } catch (GyreException e) {
      queue.put(new LogItem.Failed(instance, e));
    } catch (RuntimeException e) {
      queue.put(
          new LogItem.Failed(
              instance,
              new GyreException(ErrorKind.INTERNAL, "internal", "the API failed: " + e, null)));
    }
  }

  /** Returns the last item. */
  private LogItem read(SocketChannel from) {
    try {
      while (true) {
        Optional<StreamFrame> next = StreamFrames.read(from);
        if (next.isEmpty()) {
          return broken("it closed the stream");
        }
        StreamFrame frame = next.get();
        boolean wanted =
            switch (frame.kind()) {
              case STDOUT -> queue.put(line("stdout", frame));
              case STDERR -> queue.put(line("stderr", frame));
              case PING -> true;
              case ERROR, END, EXIT, STDIN, STDIN_END -> false;
            };
        if (frame.kind() == StreamFrame.Kind.ERROR) {
          return new LogItem.Failed(instance, StreamFrames.toException(frame));
        }
        if (!wanted) {
          return new LogItem.End(instance);
        }
      }
    } catch (IOException e) {
      return broken(e.toString());
    }
  }

  /** Ends it, even while the host says nothing. */
  @Override
  public void close() {
    closed = true;
    SocketChannel open = channel.get();
    if (open != null) {
      server.close(open);
    }
  }

  private LogItem.Line line(String source, StreamFrame frame) throws IOException {
    return new LogItem.Line(
        instance, source, StreamFrames.lineTime(frame).orElse(null), StreamFrames.lineText(frame));
  }

  private LogItem broken(String why) {
    return new LogItem.Failed(
        instance,
        new GyreException(
            ErrorKind.UNAVAILABLE,
            "runtime.away",
            "the runtime process went away: " + why,
            "look at gyre status; workloads go on meanwhile"));
  }
}
