package io.gyre.api.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Server-sent events on one connection; one thread. Writing blocks as long as the client does. */
public final class SseWriter {
  private static final byte[] BEAT = ascii(": alive\n\n");
  private static final byte[] DATA = ascii("data: ");
  private static final byte[] END = ascii("\n\n");

  private final OutputStream out;
  private final Duration heartbeat;
  private long lastWrite = System.nanoTime();
  private boolean dirty;

  SseWriter(OutputStream out, Duration heartbeat) {
    this.out = out;
    this.heartbeat = heartbeat;
  }

  /** Sends the head of the response. */
  void open() throws IOException {
    out.write(ascii("retry: 1000\n\n"));
    out.flush();
  }

  /**
   * @param json without line breaks
   */
  public void data(long id, byte[] json) throws IOException {
    out.write(ascii("id: " + id + "\n"));
    data(json);
  }

  /**
   * @param json without line breaks
   */
  public void data(byte[] json) throws IOException {
    out.write(DATA);
    out.write(json);
    out.write(END);
    dirty = true;
  }

  /** An event that isn't an item of the stream. */
  public void named(String event, byte[] json) throws IOException {
    out.write(ascii("event: " + event + "\n"));
    data(json);
  }

  public void flush() throws IOException {
    if (dirty) {
      out.flush();
      dirty = false;
      lastWrite = System.nanoTime();
    }
  }

  public Duration untilHeartbeat() {
    Duration left = heartbeat.minusNanos(System.nanoTime() - lastWrite);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** Keeps the connection alive, and finds out whether the client is still there. */
  public void heartbeatIfDue() throws IOException {
    if (untilHeartbeat().isZero()) {
      out.write(BEAT);
      dirty = true;
      flush();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
