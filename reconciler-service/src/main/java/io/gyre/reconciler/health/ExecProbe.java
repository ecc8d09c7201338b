package io.gyre.reconciler.health;

import io.gyre.messages.Message;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrames;
import io.gyre.model.Ids;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Runs a command inside an instance: asks the runtime host over the bus to connect to a Unix-domain
 * socket and to run it there. Any thread; blocks at most for the timeout, after which the host ends
 * the command, since its socket is closed.
 */
public final class ExecProbe {
  private static final int KEPT_OUTPUT = 200;

  private final Path directory;
  private final Consumer<Message> publisher;

  /**
   * @param directory for sockets
   * @param publisher puts a message on the bus
   */
  public ExecProbe(Path directory, Consumer<Message> publisher) {
    this.directory = directory;
    this.publisher = publisher;
  }

  ProbeResult run(InstanceId instance, List<String> command, long timeoutMs) {
    String shown = String.join(" ", command);
    Path file = directory.resolve("p-" + Ids.random(10) + ".sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(file), 1);
      publisher.accept(new Message.OpenExec(instance, file.toString(), command));
      CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
      // A thread that is gone with its probe costs less than a timer that outlives it.
      Thread guard = Thread.startVirtualThread(() -> end(server, accepted, timeoutMs));
      try (SocketChannel channel = server.accept()) {
        accepted.complete(channel);
        StreamFrames.write(channel, StreamFrames.of(StreamFrame.Kind.STDIN_END));
        return result(channel, shown);
      } finally {
        guard.interrupt();
      }
    } catch (ClosedChannelException e) {
      return new ProbeResult(false, shown + ": no answer within " + timeoutMs + " ms");
    } catch (IOException e) {
      return new ProbeResult(false, shown + ": " + e.getMessage());
    } finally {
      delete(file);
    }
  }

  private static ProbeResult result(SocketChannel channel, String shown) throws IOException {
    StringBuilder output = new StringBuilder();
    for (Optional<StreamFrame> frame = StreamFrames.read(channel);
        frame.isPresent();
        frame = StreamFrames.read(channel)) {
      switch (frame.get().kind()) {
        case STDOUT, STDERR -> {
          if (output.length() < KEPT_OUTPUT) {
            output.append(new String(frame.get().payload(), StandardCharsets.UTF_8));
          }
        }
        case EXIT -> {
          int code = StreamFrames.exitCode(frame.get());
          return new ProbeResult(code == 0, shown + " exited with code " + code + printed(output));
        }
        case ERROR -> {
          return new ProbeResult(
              false, shown + ": " + StreamFrames.toException(frame.get()).getMessage());
        }
        case STDIN, STDIN_END, END, PING -> {}
      }
    }
    return new ProbeResult(false, shown + ": the runtime host closed the stream");
  }

  private static String printed(StringBuilder output) {
    String text = output.toString().strip().replace('\n', ' ');
    if (text.isEmpty()) {
      return "";
    }
    return ", printed: " + (text.length() > KEPT_OUTPUT ? text.substring(0, KEPT_OUTPUT) : text);
  }

  private static void end(
      ServerSocketChannel server, CompletableFuture<SocketChannel> accepted, long timeoutMs) {
    try {
      Thread.sleep(timeoutMs);
    } catch (InterruptedException e) {
      return;
    }
    try {
      server.close();
      if (accepted.isDone()) {
        accepted.join().close();
      }
    } catch (IOException e) {
      // Either is closed all the same.
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A socket file that stays behind hinders nobody.
    }
  }
}
