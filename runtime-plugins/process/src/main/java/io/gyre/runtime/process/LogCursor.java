package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceLogs;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one log file line by line. Lines over 16 KiB come in pieces. */
final class LogCursor implements AutoCloseable {
  private static final int PIECE = 16 << 10;
  private static final byte NEWLINE = '\n';

  private final LogFiles files;
  private final String name;
  private final InstanceLogs.Source source;
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private final byte[] buffer = new byte[PIECE];
  private @Nullable RandomAccessFile file;
  private long position;

  LogCursor(LogFiles files, String name, InstanceLogs.Source source) {
    this.files = files;
    this.name = name;
    this.source = source;
  }

  /** The keeper makes the file when it comes up, so it may not be there yet. */
  private @Nullable RandomAccessFile file() throws IOException {
    if (file == null) {
      try {
        file = new RandomAccessFile(files.file(name).toFile(), "r");
      } catch (FileNotFoundException e) {
        return null;
      }
    }
    return file;
  }

  long size() throws IOException {
    RandomAccessFile open = file();
    return open == null ? 0 : open.length();
  }

  void skipToStart() throws IOException {
    skipTo(files.start(name));
  }

  /** Goes on where another cursor of the file was, or where the kept part begins after that. */
  void resume(long reached) throws IOException {
    position = reached;
    skipToStart();
  }

  /** The end of the last line that was given. */
  long reached() {
    return position - partial.size();
  }

  /** Goes on to the first line that begins there or later. */
  void skipTo(long target) throws IOException {
    long size = size();
    if (target <= position || target > size) {
      return;
    }
    position = target - 1;
    RandomAccessFile open = file();
    while (open != null && position < size) {
      open.seek(position);
      int n = open.read(buffer, 0, (int) Math.min(buffer.length, size - position));
      for (int i = 0; i < n; i++) {
        if (buffer[i] == NEWLINE) {
          position += i + 1;
          return;
        }
      }
      position += Math.max(n, 1);
    }
  }

  /** Goes on to the last lines. */
  void skipToLast(int lines) throws IOException {
    RandomAccessFile open = file();
    long end = size();
    if (open == null || end <= position) {
      return;
    }
    long newlines = 0;
    boolean first = true;
    for (long to = end; to > position; ) {
      int n = (int) Math.min(buffer.length, to - position);
      open.seek(to - n);
      open.readFully(buffer, 0, n);
      for (int i = n - 1; i >= 0; i--) {
        boolean ends = buffer[i] == NEWLINE || first;
        first = false;
        if (ends && ++newlines > lines) {
          position = to - n + i + 1;
          return;
        }
      }
      to -= n;
    }
  }

  /**
   * Gives all whole lines that begin before the end.
   *
   * @return false once the sink wants no more
   */
  boolean lines(long end, InstanceLogs.Sink sink) throws IOException {
    RandomAccessFile open = file();
    if (open == null) {
      return true;
    }
    if (open.length() < position) {
      position = 0;
      partial.reset();
    }
    while (position < end || (partial.size() > 0 && position < open.length())) {
      open.seek(position);
      int n = open.read(buffer);
      if (n <= 0) {
        return true;
      }
      int from = 0;
      for (int i = 0; i < n; i++) {
        if (buffer[i] == NEWLINE) {
          partial.write(buffer, from, i - from);
          from = i + 1;
          if (!give(sink)) {
            position += from;
            return false;
          }
          if (position + from >= end) {
            position += from;
            return true;
          }
        } else if (partial.size() + i + 1 - from >= PIECE) {
          partial.write(buffer, from, i + 1 - from);
          from = i + 1;
          if (!give(sink)) {
            position += from;
            return false;
          }
        }
      }
      partial.write(buffer, from, n - from);
      position += n;
    }
    return true;
  }

  /** Gives what was printed after the last line end. */
  boolean rest(InstanceLogs.Sink sink) {
    return partial.size() == 0 || give(sink);
  }

  private boolean give(InstanceLogs.Sink sink) {
    String text = partial.toString(StandardCharsets.UTF_8);
    partial.reset();
    return sink.line(new InstanceLogs.LogLine(source, null, text));
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
