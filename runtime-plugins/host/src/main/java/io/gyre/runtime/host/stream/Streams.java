package io.gyre.runtime.host.stream;

import io.gyre.messages.Message;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrame.Kind;
import io.gyre.messages.StreamFrames;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests for logs and commands over sockets that the API listens on. */
public final class Streams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Streams.class);
  private static final int MOST = 256;

  private interface Body {
    /** Returns the frame that ends the stream. */
    StreamFrame run(RuntimeSlot slot, FrameChannel channel) throws IOException;
  }

  private final Path socketDirectory;
  private final Function<InstanceId, RuntimeSlot> locate;
  private final Semaphore permits = new Semaphore(MOST);
  private final Set<FrameChannel> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param locate the runtime that has the instance, or throws {@link GyreException}
   */
  public Streams(Path socketDirectory, Function<InstanceId, RuntimeSlot> locate) {
    this.socketDirectory = socketDirectory.toAbsolutePath().normalize();
    this.locate = locate;
  }

  public void open(Message.OpenLogs intent) {
    start(
        "logs of " + intent.instance(),
        intent.instance(),
        intent.socketPath(),
        (slot, channel) -> new LogStream(slot, channel, intent).run());
  }

  public void open(Message.OpenExec intent) {
    start(
        "exec in " + intent.instance(),
        intent.instance(),
        intent.socketPath(),
        (slot, channel) -> exec(slot, channel, intent));
  }

  private void start(String what, InstanceId id, String socket, Body body) {
    Path path = Path.of(socket).toAbsolutePath().normalize();
    if (!path.startsWith(socketDirectory)) {
      log.warn("{}: {} is not in {}", what, path, socketDirectory);
      return;
    }
    boolean permitted = permits.tryAcquire();
    Thread.ofVirtual()
        .name(what)
        .start(
            () -> {
              try (FrameChannel channel = FrameChannel.connect(path)) {
                open.add(channel);
                if (!closed) {
                  serve(what, id, channel, permitted, body);
                }
                open.remove(channel);
              } catch (IOException e) {
                log.debug("{}: {}", what, e.toString());
              } finally {
                if (permitted) {
                  permits.release();
                }
              }
            });
  }

  private void serve(
      String what, InstanceId id, FrameChannel channel, boolean permitted, Body body) {
    StreamFrame last;
    try {
      if (!permitted) {
        throw new GyreException(
            ErrorKind.EXHAUSTED,
            "stream.too_many",
            MOST + " logs and commands are already followed",
            "end one of them and try again");
      }
      last = body.run(locate.apply(id), channel);
    } catch (GyreException e) {
      last = StreamFrames.error(e);
    } catch (IOException e) {
      log.debug("{}: {}", what, e.toString());
      return;
    } catch (RuntimeException e) {
      log.error("{} failed", what, e);
      last =
          StreamFrames.error(
              new GyreException(
                  ErrorKind.INTERNAL,
                  "stream.failed",
                  what + " failed in the runtime process",
                  "look at the log of the runtime process"));
    }
    // A late interrupt of a command that was given up would close the channel.
    boolean gone = Thread.interrupted() || channel.isClosed();
    if (!gone) {
      try {
        channel.write(last);
      } catch (IOException e) {
        log.debug("{}: {}", what, e.toString());
      }
    }
  }

  private static StreamFrame exec(RuntimeSlot slot, FrameChannel channel, Message.OpenExec intent) {
    int[] code = new int[1];
    Thread running = Thread.currentThread();
    Stdin stdin = new Stdin();
    stdin.pump(
        channel,
        () -> {
          channel.close();
          // Nobody is left to see how the command ends.
          running.interrupt();
        });
    slot.stream(
        "exec in " + intent.instance(),
        (runtime, replaced) -> {
          code[0] =
              ability(runtime, InstanceExec.class, slot, "exec")
                  .exec(
                      intent.instance().value(),
                      intent.command(),
                      stdin,
                      channel.output(Kind.STDOUT),
                      channel.output(Kind.STDERR));
        });
    return StreamFrames.exit(code[0]);
  }

  public static <T> T ability(
      WorkloadRuntime runtime, Class<T> type, RuntimeSlot slot, String what) {
    return runtime
        .ability(type)
        .orElseThrow(
            () ->
                new GyreException(
                    ErrorKind.UNSUPPORTED,
                    "runtime.unsupported",
                    "runtime " + slot.name() + " has no " + what,
                    null));
  }

  /** Closes all; those at the other ends see that the stream ended early. */
  @Override
  public void close() {
    closed = true;
    open.forEach(FrameChannel::close);
  }
}
