package io.gyre.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.messages.StreamFrame.Kind;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamFramesTest {
  private static final Executor VIRTUAL = Thread::startVirtualThread;

  @Test
  void bytesAreAsTheRecordSays() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Kind kind : Kind.values()) {
      StreamFrames.write(out, new StreamFrame(kind, new byte[] {42}));
    }
    StreamFrames.write(out, StreamFrames.exit(-2));

    assertThat(HexFormat.of().formatHex(out.toByteArray()))
        .isEqualTo(
            "00000000012a"
                + "01000000012a"
                + "02000000012a"
                + "03000000012a"
                + "04000000012a"
                + "05000000012a"
                + "06000000012a"
                + "07000000012a"
                + "0400000004fffffffe");
  }

  @Test
  void streamsRoundTrip() throws IOException {
    List<StreamFrame> frames = frames();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (StreamFrame frame : frames) {
      StreamFrames.write(out, frame);
    }
    InputStream in = new ByteArrayInputStream(out.toByteArray());

    for (StreamFrame frame : frames) {
      assertThat(StreamFrames.read(in)).contains(frame);
    }
    assertThat(StreamFrames.read(in)).isEmpty();
  }

  @Test
  void socketsRoundTrip(@TempDir Path directory) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      try (SocketChannel client = SocketChannel.open(address);
          SocketChannel accepted = server.accept()) {
        CompletableFuture<Void> writer =
            CompletableFuture.runAsync(
                () -> {
                  try (client) {
                    for (StreamFrame frame : frames()) {
                      StreamFrames.write(client, frame);
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                VIRTUAL);
        for (StreamFrame frame : frames()) {
          assertThat(StreamFrames.read(accepted)).contains(frame);
        }
        assertThat(StreamFrames.read(accepted)).isEmpty();
        writer.join();
        accepted.configureBlocking(false);
        assertThatThrownBy(() -> StreamFrames.read(accepted))
            .isInstanceOf(IllegalBlockingModeException.class);
      }
    }
  }

  @Test
  void brokenStreamsAreRefused() {
    assertThatThrownBy(() -> readBoth("0000000001")).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> readBoth("0000")).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> readBoth("0000000002aa")).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> readBoth("0800000000")).hasMessageContaining("kind 8");
    assertThatThrownBy(() -> readBoth("ff00000000")).hasMessageContaining("not a stream");
    assertThatThrownBy(() -> readBoth("0000100001")).hasMessageContaining("1048577 bytes");
    assertThatThrownBy(() -> readBoth("00ffffffff")).hasMessageContaining("-1 bytes");
    assertThatThrownBy(
            () ->
                StreamFrames.write(
                    new ByteArrayOutputStream(),
                    new StreamFrame(Kind.STDIN, new byte[StreamFrame.MAX_PAYLOAD + 1])))
        .hasMessageContaining("the limit is");
    assertThatThrownBy(() -> StreamFrames.exitCode(StreamFrames.of(Kind.EXIT)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> StreamFrames.lineText(StreamFrames.of(Kind.STDOUT)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void payloads() throws IOException {
    Instant at = Instant.ofEpochMilli(1_800_000_000_123L);
    byte[] text = {'h', 'i'};

    assertThat(StreamFrames.exitCode(StreamFrames.exit(-2))).isEqualTo(-2);
    StreamFrame line = StreamFrames.line(Kind.STDERR, at, text);
    assertThat(line.kind()).isEqualTo(Kind.STDERR);
    assertThat(StreamFrames.lineTime(line)).contains(at);
    assertThat(StreamFrames.lineText(line)).isEqualTo("hi");
    assertThat(StreamFrames.lineTime(StreamFrames.line(Kind.STDOUT, null, text))).isEmpty();
    assertThat(StreamFrames.line(Kind.STDOUT, at, new byte[StreamFrame.MAX_PAYLOAD]).payload())
        .hasSize(StreamFrame.MAX_PAYLOAD);
  }

  @Test
  void errors() {
    GyreException e =
        new GyreException(ErrorKind.NOT_FOUND, "instance.not_found", "no\ninstance", "look again");

    GyreException read = StreamFrames.toException(StreamFrames.error(e));

    assertThat(read.kind()).isEqualTo(ErrorKind.NOT_FOUND);
    assertThat(read.code()).isEqualTo("instance.not_found");
    assertThat(read).hasMessage("no instance");
    assertThat(read.hint()).isEqualTo("look again");
    GyreException odd = StreamFrames.toException(StreamFrames.of(Kind.ERROR));
    assertThat(odd.kind()).isEqualTo(ErrorKind.INTERNAL);
    assertThat(odd.hint()).isNull();
  }

  private static List<StreamFrame> frames() {
    byte[] large = new byte[StreamFrame.MAX_PAYLOAD];
    Arrays.fill(large, (byte) 7);
    return List.of(
        StreamFrames.of(Kind.PING),
        new StreamFrame(Kind.STDOUT, large),
        new StreamFrame(Kind.STDERR, new byte[] {1, 2, 3}),
        StreamFrames.exit(0));
  }

  /** The same of both kinds of source. */
  private static StreamFrame readBoth(String hex) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    try {
      StreamFrame frame =
          StreamFrames.read(Channels.newChannel(new ByteArrayInputStream(bytes))).orElseThrow();
      assertThat(StreamFrames.read(new ByteArrayInputStream(bytes))).contains(frame);
      return frame;
    } catch (IOException e) {
      assertThatThrownBy(() -> StreamFrames.read(new ByteArrayInputStream(bytes)))
          .isInstanceOf(e.getClass());
      throw e;
    }
  }
}
