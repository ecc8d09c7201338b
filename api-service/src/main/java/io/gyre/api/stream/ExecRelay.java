package io.gyre.api.stream;

import io.gyre.messages.Message.OpenExec;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrame.Kind;
import io.gyre.messages.StreamFrames;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command in an instance: its input to the host, its frames to the client. */
final class ExecRelay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ExecRelay.class);
  private static final int QUEUE_BYTES = 256 << 10;
  private static final int CHUNK = 32 << 10;
  private static final Duration FIRST = Duration.ofSeconds(1);

  private final StreamServer server;
  private final SocketChannel channel;
  private final ByteQueue<StreamFrame> queue =
      new ByteQueue<>(QUEUE_BYTES, frame -> 64 + frame.payload().length);
  private @Nullable StreamFrame first;

  private ExecRelay(StreamServer server, SocketChannel channel) {
    this.server = server;
    this.channel = channel;
  }

  /**
   * Starts the command and waits for a moment for what it says first.
   *
   * @throws GyreException where it can't be started
   */
  static ExecRelay start(
      StreamServer server,
      InstanceId instance,
      List<String> command,
      byte[] stdin,
      String correlation)
      throws InterruptedException {
    SocketChannel channel =
        server.connectSession(path -> new OpenExec(instance, path, command), correlation);
    ExecRelay relay = new ExecRelay(server, channel);
    var _ = Thread.ofVirtual().name("exec-in").start(() -> relay.send(stdin));
    var _ = Thread.ofVirtual().name("exec-out").start(relay::receive);
    relay.first = relay.queue.poll(FIRST);
    if (relay.first != null && relay.first.kind() == Kind.ERROR) {
      relay.close();
      throw StreamFrames.toException(relay.first);
    }
    return relay;
  }

  private void send(byte[] stdin) {
    try {
      for (int at = 0; at < stdin.length; at += CHUNK) {
        byte[] chunk = Arrays.copyOfRange(stdin, at, Math.min(at + CHUNK, stdin.length));
        StreamFrames.write(channel, new StreamFrame(Kind.STDIN, chunk));
      }
      StreamFrames.write(channel, StreamFrames.of(Kind.STDIN_END));
    } catch (IOException e) {
      log.debug("the command takes no more input: {}", e.toString());
    }
  }

  private void receive() {
    try {
      boolean more = true;
      while (more) {
        Optional<StreamFrame> next = StreamFrames.read(channel);
        StreamFrame frame = next.orElseGet(() -> broken("it closed the stream"));
        more = queue.put(frame) && frame.kind() != Kind.EXIT && frame.kind() != Kind.ERROR;
      }
    } catch (IOException e) {
      queue.put(broken(e.toString()));
    }
  }

  private StreamFrame broken(String why) {
    if (server.ending()) {
      return StreamFrames.error(StreamServer.stopping());
    }
    return StreamFrames.error(
        new GyreException(
            ErrorKind.UNAVAILABLE,
            "runtime.away",
            "the runtime process went away: " + why,
            "look at gyre status; the command may still run"));
  }

  /** Ends with the command, or with the client. */
  void write(OutputStream out, Duration heartbeat) throws IOException, InterruptedException {
    out.flush();
    while (true) {
      StreamFrame frame = first == null ? queue.poll(heartbeat) : first;
      first = null;
      if (frame == null) {
        // Finds out whether the client is still there.
        frame = StreamFrames.of(Kind.PING);
      }
      StreamFrames.write(out, frame);
      if (queue.isEmpty()) {
        out.flush();
      }
      if (frame.kind() == Kind.EXIT || frame.kind() == Kind.ERROR) {
        out.flush();
        return;
      }
    }
  }

  @Override
  public void close() {
    queue.close();
    server.close(channel);
  }
}
