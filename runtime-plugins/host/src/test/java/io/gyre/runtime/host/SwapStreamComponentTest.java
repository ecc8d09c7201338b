package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrame.Kind;
import io.gyre.messages.StreamFrames;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.runtime.host.plugin.SwapLimits;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs and commands whose plugin is replaced while they run. */
final class SwapStreamComponentTest {
  private static final DeploymentKey COUNTER = new DeploymentKey("default", "counter");

  @TempDir Path directory;
  private HostFixture gyre;
  private Path socket;
  private ServerSocketChannel server;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore();
    gyre.limits =
        new SwapLimits(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(2),
            Duration.ofMillis(500));
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

  private SocketChannel logs(InstanceId id, int tail) throws IOException {
    gyre.api.publish(new Message.OpenLogs(id, socket.toString(), tail, null, true), "c", "");
    return server.accept();
  }

  private SocketChannel exec(InstanceId id, String... command) throws IOException {
    gyre.api.publish(new Message.OpenExec(id, socket.toString(), List.of(command)), "c", "");
    return server.accept();
  }

  private void swapProcess(String version) throws IOException {
    ProcessJar.write(version, gyre.home.plugins().resolve("process.jar"));
    gyre.awaitServing("process", version);
  }

  private void fake(String version, String timeless) throws IOException {
    new FakeJar("fake", version)
        .with("timeless", timeless)
        .writeTo(gyre.home.plugins().resolve("fake.jar"));
  }

  @Test
  void aFollowedLogLosesAndDoublesNoLineOverSwaps() throws IOException {
    ProcessJar.write("1.0", gyre.shipped.resolve("process.jar"));
    gyre.deployProcess(
        COUNTER,
        "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo out $i; echo err $i >&2;"
            + " [ $((i % 10)) = 0 ] && sleep 0.02; done; sleep 1000");
    gyre.launchReady();
    InstanceId id = gyre.decide("counter-1", COUNTER, "process");
    gyre.start(id, COUNTER);
    gyre.awaitDone(id);
    try (SocketChannel channel = logs(id, -1)) {
      Thread swaps =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 2; i < 7; i++) {
                        swapProcess(i + ".0");
                      }
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      List<String> out = new ArrayList<>();
      List<String> err = new ArrayList<>();
      while (out.size() < 3000 || err.size() < 3000) {
        StreamFrame frame = StreamFrames.read(channel).orElseThrow();
        switch (frame.kind()) {
          case STDOUT -> out.add(StreamFrames.lineText(frame));
          case STDERR -> err.add(StreamFrames.lineText(frame));
          default -> assertThat(frame.kind()).isEqualTo(Kind.PING);
        }
      }
      swaps.join();
      gyre.awaitServing("process", "6.0");
      assertThat(out)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, 3000).mapToObj(i -> "out " + i).toList());
      assertThat(err)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, 3000).mapToObj(i -> "err " + i).toList());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      remove(id);
    }
  }

  @Test
  void aLogWithTimesGoesOnAfterTheLastLine() throws IOException {
    fake("1.0", "false");
    gyre.launchReady();
    InstanceId id = gyre.running("web-1");
    try (SocketChannel channel = logs(id, 3)) {
      for (int i = 1; i <= 3; i++) {
        assertThat(line(channel)).isEqualTo("line " + i);
      }
      fake("2.0", "false");
      for (int i = 4; i <= 10; i++) {
        assertThat(line(channel)).isEqualTo("line " + i);
      }
    }
  }

  @Test
  void aLogWithoutTimesEndsWithTheReason() throws IOException {
    fake("1.0", "true");
    gyre.launchReady();
    InstanceId id = gyre.running("web-1");
    try (SocketChannel channel = logs(id, 3)) {
      for (int i = 1; i <= 3; i++) {
        assertThat(line(channel)).isEqualTo("line " + i);
      }
      fake("2.0", "true");
      StreamFrame frame = next(channel);
      assertThat(frame.kind()).isEqualTo(Kind.ERROR);
      GyreException e = StreamFrames.toException(frame);
      assertThat(e.code()).isEqualTo("runtime.replaced");
      assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    }
  }

  @Test
  void aCommandGoesOnWithTheOldPluginAndEndsByItself() throws IOException {
    ProcessJar.write("1.0", gyre.shipped.resolve("process.jar"));
    gyre.deployProcess(COUNTER, "sleep 1000");
    gyre.launchReady();
    InstanceId id = gyre.decide("counter-1", COUNTER, "process");
    gyre.start(id, COUNTER);
    gyre.awaitDone(id);
    try (SocketChannel channel = exec(id, "sh", "-c", "echo ready; read x; echo got $x; exit 5")) {
      assertThat(new String(next(channel).payload(), StandardCharsets.UTF_8)).isEqualTo("ready\n");
      swapProcess("2.0");
      StreamFrames.write(
          channel, new StreamFrame(Kind.STDIN, "this\n".getBytes(StandardCharsets.UTF_8)));
      assertThat(new String(next(channel).payload(), StandardCharsets.UTF_8))
          .isEqualTo("got this\n");
      assertThat(StreamFrames.exitCode(next(channel))).isEqualTo(5);
    } finally {
      remove(id);
    }
  }

  @Test
  void aCommandThatDoesNotEndIsEndedWithTheReason() throws IOException {
    ProcessJar.write("1.0", gyre.shipped.resolve("process.jar"));
    gyre.deployProcess(COUNTER, "sleep 1000");
    gyre.launchReady();
    InstanceId id = gyre.decide("counter-1", COUNTER, "process");
    gyre.start(id, COUNTER);
    gyre.awaitDone(id);
    try (SocketChannel channel = exec(id, "sh", "-c", "echo ready; sleep 1000")) {
      assertThat(new String(next(channel).payload(), StandardCharsets.UTF_8)).isEqualTo("ready\n");
      swapProcess("2.0");
      StreamFrame frame = next(channel);
      assertThat(frame.kind()).isEqualTo(Kind.ERROR);
      GyreException e = StreamFrames.toException(frame);
      assertThat(e.code()).isEqualTo("runtime.replaced");
      assertThat(e.getMessage()).contains("replaced by version 2.0", "2 s to end");
    } finally {
      remove(id);
    }
  }

  private void remove(InstanceId id) {
    gyre.heard.clear();
    gyre.reconciler.publish(new Message.RemoveInstance(id, COUNTER, 1), "c", "");
    gyre.awaitMessage(Message.InstanceGone.class, gone -> gone.instance().equals(id));
  }

  private static String line(SocketChannel channel) throws IOException {
    return StreamFrames.lineText(next(channel));
  }

  /** But for pings. */
  private static StreamFrame next(SocketChannel channel) throws IOException {
    while (true) {
      Optional<StreamFrame> frame = StreamFrames.read(channel);
      if (frame.orElseThrow().kind() != Kind.PING) {
        return frame.get();
      }
    }
  }
}
