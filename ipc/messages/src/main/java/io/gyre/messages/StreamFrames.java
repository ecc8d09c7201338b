package io.gyre.messages;

import io.gyre.messages.StreamFrame.Kind;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes {@link StreamFrame}s, and knows what is in their payloads. Frames are written
 * whole; two threads that write to one stream take turns by themselves. Channels must be in
 * blocking mode.
 */
public final class StreamFrames {
  private static final int HEADER = 5;
  private static final int TIME = 8;

  private StreamFrames() {}

  public static void write(WritableByteChannel channel, StreamFrame frame) throws IOException {
    requireBlocking(channel);
    ByteBuffer bytes = encode(frame);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Does not flush. */
  public static void write(OutputStream out, StreamFrame frame) throws IOException {
    out.write(encode(frame).array());
  }

  /**
   * The next frame, or nothing where the stream ends between two frames.
   *
   * @throws EOFException where it ends within one
   * @throws IOException also where it is not a stream of frames
   */
  public static Optional<StreamFrame> read(ReadableByteChannel channel) throws IOException {
    requireBlocking(channel);
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    if (!fill(channel, header)) {
      return Optional.empty();
    }
    Kind kind = kind(header.get(0));
    ByteBuffer payload = ByteBuffer.allocate(length(header.getInt(1)));
    if (!fill(channel, payload) && payload.hasRemaining()) {
      throw new EOFException("the stream ended within a frame");
    }
    return Optional.of(new StreamFrame(kind, payload.array()));
  }

  /** As {@link #read(ReadableByteChannel)}. */
  public static Optional<StreamFrame> read(InputStream in) throws IOException {
    int kind = in.read();
    if (kind < 0) {
      return Optional.empty();
    }
    DataInputStream data = new DataInputStream(in);
    Kind known = kind(kind);
    byte[] payload = new byte[length(data.readInt())];
    data.readFully(payload);
    return Optional.of(new StreamFrame(known, payload));
  }

  public static StreamFrame of(Kind kind) {
    return new StreamFrame(kind, new byte[0]);
  }

  public static StreamFrame exit(int code) {
    return new StreamFrame(Kind.EXIT, ByteBuffer.allocate(Integer.BYTES).putInt(code).array());
  }

  /** Of an EXIT frame. */
  public static int exitCode(StreamFrame frame) throws IOException {
    requireAtLeast(frame, Kind.EXIT, Integer.BYTES);
    return ByteBuffer.wrap(frame.payload()).getInt();
  }

  /**
   * A line of a log, without its end of line; cut where it would not fit.
   *
   * @param at null: unknown
   */
  public static StreamFrame line(Kind kind, @Nullable Instant at, byte[] line) {
    int length = Math.min(line.length, StreamFrame.MAX_PAYLOAD - TIME);
    ByteBuffer payload = ByteBuffer.allocate(TIME + length);
    payload.putLong(at == null ? 0 : at.toEpochMilli()).put(line, 0, length);
    return new StreamFrame(kind, payload.array());
  }

  /** When the line of a log frame was printed, if that is known. */
  public static Optional<Instant> lineTime(StreamFrame frame) throws IOException {
    requireAtLeast(frame, frame.kind(), TIME);
    long millis = ByteBuffer.wrap(frame.payload()).getLong();
    try {
      return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    } catch (DateTimeException e) {
      throw new IOException("a log line of an impossible time", e);
    }
  }

  /** The line of a log frame. */
  public static String lineText(StreamFrame frame) throws IOException {
    requireAtLeast(frame, frame.kind(), TIME);
    byte[] payload = frame.payload();
    return new String(payload, TIME, payload.length - TIME, StandardCharsets.UTF_8);
  }

  public static StreamFrame error(GyreException e) {
    String message = e.getMessage() == null ? e.code() : e.getMessage();
    @Nullable String hint = e.hint();
    String text =
        String.join(
            "\n",
            e.kind().name(),
            oneLine(e.code()),
            oneLine(message),
            hint == null ? "" : oneLine(hint));
    return new StreamFrame(Kind.ERROR, text.getBytes(StandardCharsets.UTF_8));
  }

  /** What an ERROR frame says. */
  public static GyreException toException(StreamFrame frame) {
    String[] parts = new String(frame.payload(), StandardCharsets.UTF_8).split("\n", 4);
    ErrorKind kind = ErrorKind.INTERNAL;
    for (ErrorKind known : ErrorKind.values()) {
      if (known.name().equals(parts[0])) {
        kind = known;
      }
    }
    return new GyreException(
        kind,
        parts.length > 1 ? parts[1] : "stream.failed",
        parts.length > 2 ? parts[2] : "the stream failed",
        parts.length > 3 && !parts[3].isEmpty() ? parts[3] : null);
  }

  private static String oneLine(String text) {
    String line = text.replace('\n', ' ');
    return line.length() <= MessageCodec.TEXT_LIMIT
        ? line
        : line.substring(0, MessageCodec.TEXT_LIMIT);
  }

  @SuppressWarnings("EnumOrdinal") // the record says that the order is the number
  private static ByteBuffer encode(StreamFrame frame) throws IOException {
    byte[] payload = frame.payload();
    length(payload.length);
    return ByteBuffer.allocate(HEADER + payload.length)
        .put((byte) frame.kind().ordinal())
        .putInt(payload.length)
        .put(payload)
        .flip();
  }

  @SuppressWarnings("EnumOrdinal") // the record says that the order is the number
  private static Kind kind(int number) throws IOException {
    Kind[] kinds = Kind.values();
    if (number < 0 || number >= kinds.length) {
      throw new IOException("not a stream of frames: kind " + number);
    }
    return kinds[number];
  }

  private static int length(int length) throws IOException {
    if (length < 0 || length > StreamFrame.MAX_PAYLOAD) {
      throw new IOException(
          "a frame of " + length + " bytes; the limit is " + StreamFrame.MAX_PAYLOAD);
    }
    return length;
  }

  /** False where the stream ended before the first byte. */
  private static boolean fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          return false;
        }
        throw new EOFException("the stream ended within a frame");
      }
    }
    return true;
  }

  private static void requireAtLeast(StreamFrame frame, Kind kind, int length) throws IOException {
    if (frame.kind() != kind || frame.payload().length < length) {
      throw new IOException("a " + frame.kind() + " frame of " + frame.payload().length + " bytes");
    }
  }

  private static void requireBlocking(Object channel) {
    if (channel instanceof SelectableChannel selectable && !selectable.isBlocking()) {
      throw new IllegalBlockingModeException();
    }
  }
}
