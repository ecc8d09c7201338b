package com.example.gyre.sandbox;

import io.gyre.runtime.spi.InstanceLogs.LogLine;
import io.gyre.runtime.spi.InstanceLogs.Sink;
import io.gyre.runtime.spi.InstanceLogs.Source;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** A place in a log file, always at the begin of a line. One thread. */
final class LogCursor implements AutoCloseable {
  private static final int LONGEST = 16 << 10;

  private final LogFile log;
  private final Source source;
  private final RandomAccessFile file;
  private final byte[] buffer = new byte[4 * LONGEST];
  private long position;

  LogCursor(LogFile log, Source source) throws IOException {
    this.log = log;
    this.source = source;
    this.file = new RandomAccessFile(log.file().toFile(), "r");
    this.position = log.begin();
  }

  /** After the last line that was given away. */
  long position() {
    return position;
  }

  void skipTo(long offset) {
    position = offset;
  }

  void skipToEnd() {
    position = log.size();
  }

  Instant modified() {
    return Instant.ofEpochMilli(log.file().toFile().lastModified());
  }

  /**
   * Gives away the lines that are there.
   *
   * @param last whether a line without an end counts, since none will come
   * @return whether more is wanted
   */
  boolean lines(Sink sink, boolean last) throws IOException {
    position = Math.max(position, log.begin());
    while (true) {
      file.seek(position);
      int length = file.read(buffer);
      if (length <= 0) {
        return true;
      }
      int from = 0;
      for (int i = 0; i < length; i++) {
        boolean end = buffer[i] == '\n';
        if (end || i - from == LONGEST - 1) {
          int next = i + 1;
          if (!give(sink, from, end ? i : next, next)) {
            return false;
          }
          from = next;
        }
      }
      if (from == 0 || length < buffer.length) {
        return !last || from == length || give(sink, from, length, length);
      }
    }
  }

  private boolean give(Sink sink, int from, int to, int next) {
    String text = new String(buffer, from, to - from, StandardCharsets.UTF_8);
    position += next - from;
    return sink.line(new LogLine(source, null, text));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
