package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrame.Kind;
import io.gyre.messages.StreamFrames;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs and commands over real sockets, with the test as the API. */
final class StreamComponentTest {
  @TempDir Path directory;
  HostFixture gyre;
  Path socket;
  ServerSocketChannel server;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory);
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
    gyre.withStore().launchReady();
    // The host reads the API's queue from the moment on at which there is one.
    socket = gyre.home.sockets().resolve("stream.sock");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    gyre.close();
    Files.deleteIfExists(socket);
  }

  private SocketChannel logs(InstanceId id, int tail, boolean follow) throws IOException {
    gyre.api.publish(new Message.OpenLogs(id, socket.toString(), tail, null, follow), "c-logs", "");
    return server.accept();
  }

  private SocketChannel exec(InstanceId id, String... command) throws IOException {
    gyre.api.publish(new Message.OpenExec(id, socket.toString(), List.of(command)), "c-exec", "");
    return server.accept();
  }

  private static List<StreamFrame> readAll(SocketChannel channel) throws IOException {
    List<StreamFrame> frames = new ArrayList<>();
    for (Optional<StreamFrame> next = StreamFrames.read(channel);
        next.isPresent();
        next = StreamFrames.read(channel)) {
      frames.add(next.get());
    }
    return frames;
  }

  @Test
  void readsLogs() throws IOException {
    InstanceId id = gyre.running("web-1");
    try (SocketChannel channel = logs(id, 3, false)) {
      List<StreamFrame> frames = readAll(channel);
      assertThat(frames)
          .extracting(StreamFrame::kind)
          .containsExactly(Kind.STDOUT, Kind.STDOUT, Kind.STDOUT, Kind.END);
      assertThat(StreamFrames.lineText(frames.get(2))).isEqualTo("line 3");
      assertThat(StreamFrames.lineTime(frames.get(2)).orElseThrow().toEpochMilli()).isEqualTo(3);
    }
  }

  @Test
  void saysWhyThereIsNoStream() throws IOException {
    InstanceId unknown = new InstanceId("web-unknown");
    try (SocketChannel channel = logs(unknown, 3, false)) {
      GyreException e = StreamFrames.toException(readAll(channel).getLast());
      assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
      assertThat(e.code()).isEqualTo("instance.not_found");
    }
    InstanceId id = gyre.running("web-1");
    gyre.script("logs", "fail ENGINE");
    try (SocketChannel channel = logs(id, 3, false)) {
      assertThat(StreamFrames.toException(readAll(channel).getLast()).code())
          .isEqualTo("fake_logs");
    }
  }

  @Test
  void pingsAQuietFollowAndEndsItWhenTheReaderIsGone() throws IOException {
    InstanceId id = gyre.running("web-1");
    try (SocketChannel channel = logs(id, 1, true)) {
      assertThat(StreamFrames.read(channel).orElseThrow().kind()).isEqualTo(Kind.STDOUT);
      assertThat(StreamFrames.read(channel).orElseThrow().kind()).isEqualTo(Kind.PING);
    }
    Await.until(() -> !gyre.calls("logs-ended", "web-1").isEmpty(), () -> "the follow ended");
  }

  @Test
  void aSlowReaderPushesBack() throws IOException {
    InstanceId id = gyre.running("web-1");
    try (SocketChannel channel = logs(id, -1, false)) {
      assertThat(StreamFrames.read(channel)).isPresent();
      // A million lines don't fit into a socket: the plugin waits, and ends once nobody listens.
      gyre.running("web-2");
      assertThat(gyre.calls("logs-ended", "web-1")).isEmpty();
    }
    Await.until(() -> !gyre.calls("logs-ended", "web-1").isEmpty(), () -> "the read ended");
  }

  @Test
  void runsACommandWithItsStreams() throws IOException {
    InstanceId id = gyre.running("web-1");
    try (SocketChannel channel = exec(id, "echo:", "7")) {
      StreamFrames.write(
          channel, new StreamFrame(Kind.STDIN, "input".getBytes(StandardCharsets.UTF_8)));
      StreamFrames.write(channel, StreamFrames.of(Kind.STDIN_END));
      StringBuilder out = new StringBuilder();
      StringBuilder err = new StringBuilder();
      StreamFrame last = StreamFrames.of(Kind.PING);
      for (StreamFrame frame : readAll(channel)) {
        String text = new String(frame.payload(), StandardCharsets.UTF_8);
        if (frame.kind() == Kind.STDOUT) {
          out.append(text);
        } else if (frame.kind() == Kind.STDERR) {
          err.append(text);
        }
        last = frame;
      }
      assertThat(out).hasToString("echo:input");
      assertThat(err).hasToString("done");
      assertThat(last.kind()).isEqualTo(Kind.EXIT);
      assertThat(StreamFrames.exitCode(last)).isEqualTo(7);
    }
  }

  @Test
  void endsACommandWhoseCallerIsGone() throws IOException {
    InstanceId id = gyre.running("web-1");
    gyre.script("exec", "sleep 60000");
    try (SocketChannel channel = exec(id, "x", "0")) {
      Await.until(() -> !gyre.calls("exec", "web-1").isEmpty(), () -> "it runs");
      assertThat(channel.isOpen()).isTrue();
    }
    Await.until(() -> !gyre.calls("exec-ended", "web-1").isEmpty(), () -> "the command ended");
  }
}
