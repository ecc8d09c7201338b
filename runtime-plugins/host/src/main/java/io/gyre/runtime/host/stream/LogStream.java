package io.gyre.runtime.host.stream;

import io.gyre.messages.Message;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrame.Kind;
import io.gyre.messages.StreamFrames;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One log, from a plugin to the API. A log that is followed while its plugin is replaced goes on
 * with the new one: at the very line where both know positions, else after the time of the last
 * line, and where lines have no time either it ends with an error that says so.
 *
 * <p>On a thread of its own.
 */
final class LogStream {
  private static final long PING_AFTER_MS = 1800;

  private final RuntimeSlot slot;
  private final FrameChannel channel;
  private final Message.OpenLogs intent;
  private final Sink sink = new Sink();
  private BooleanSupplier replaced = () -> false;
  private boolean cut;
  private @Nullable String position;
  private @Nullable Instant last;
  private @Nullable Instant skipUpTo;

  LogStream(RuntimeSlot slot, FrameChannel channel, Message.OpenLogs intent) {
    this.slot = slot;
    this.channel = channel;
    this.intent = intent;
  }

  /** Returns the frame that ends it. */
  StreamFrame run() {
    // Nothing is sent to the host on a log stream, so what this notices is that the reader is gone.
    new Stdin().pump(channel, channel::close);
    do {
      slot.stream("logs of " + intent.instance(), this::read);
    } while (cut && !channel.isClosed());
    return StreamFrames.of(Kind.END);
  }

  private void read(WorkloadRuntime runtime, BooleanSupplier isReplaced) throws Exception {
    String id = intent.instance().value();
    InstanceLogs logs = Streams.ability(runtime, InstanceLogs.class, slot, "logs");
    boolean again = cut;
    String from = position;
    Instant since = last;
    replaced = isReplaced;
    cut = false;
    position = null;
    if (!again) {
      logs.read(
          id, new InstanceLogs.LogQuery(intent.tail(), intent.since(), intent.follow()), sink);
      return;
    }
    Optional<ResumableLogs> resumable = runtime.ability(ResumableLogs.class);
    if (from != null && resumable.isPresent()) {
      resumable.get().resume(id, from, sink);
    } else if (since != null) {
      skipUpTo = since;
      logs.read(id, new InstanceLogs.LogQuery(-1, since, true), sink);
    } else {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "runtime.replaced",
          "the plugin of runtime " + slot.name() + " was replaced, and it can't go on with logs",
          "follow them again");
    }
  }

  private final class Sink implements InstanceLogs.Sink {
    @Override
    public boolean line(InstanceLogs.LogLine line) {
      Instant at = line.at();
      if (skipUpTo != null && at != null && !at.isAfter(skipUpTo)) {
        return true;
      }
      Kind kind = line.source() == InstanceLogs.Source.STDERR ? Kind.STDERR : Kind.STDOUT;
      if (!written(StreamFrames.line(kind, at, line.text().getBytes(StandardCharsets.UTF_8)))) {
        return false;
      }
      if (at != null) {
        last = at;
      }
      return !cut();
    }

    @Override
    public boolean open() {
      if (channel.isClosed() || cut()) {
        return false;
      }
      return channel.quietMillis() < PING_AFTER_MS || written(StreamFrames.of(Kind.PING));
    }

    @Override
    public void stoppedAt(String reached) {
      position = reached;
    }

    private boolean cut() {
      if (intent.follow() && replaced.getAsBoolean()) {
        cut = true;
      }
      return cut;
    }

    private boolean written(StreamFrame frame) {
      if (channel.isClosed()) {
        return false;
      }
      try {
        channel.write(frame);
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
