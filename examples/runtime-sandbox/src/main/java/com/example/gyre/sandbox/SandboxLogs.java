package com.example.gyre.sandbox;

import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Reads the two files, standard output first. When a line was printed isn't noted, so lines have no
 * time, {@code since} goes by the time of the file, and {@code tail} is of each file.
 */
final class SandboxLogs implements ResumableLogs {
  private static final long POLL_MS = 50;

  private final SandboxRuntime runtime;

  SandboxLogs(SandboxRuntime runtime) {
    this.runtime = runtime;
  }

  @Override
  public void read(String id, LogQuery query, Sink sink) throws RuntimeFailure {
    Sandbox sandbox = runtime.find(id);
    try (LogCursor out = new LogCursor(sandbox.log("out"), Source.STDOUT);
        LogCursor err = new LogCursor(sandbox.log("err"), Source.STDERR)) {
      boolean wanted = existing(out, query, sink) && existing(err, query, sink);
      if (query.follow()) {
        follow(sandbox, out, err, sink, wanted);
      }
    } catch (IOException e) {
      throw Failures.disk(e);
    }
  }

  @Override
  public void resume(String id, String position, Sink sink) throws RuntimeFailure {
    Sandbox sandbox = runtime.find(id);
    if (!position.matches("\\d{1,18} \\d{1,18}")) {
      throw Failures.invalid("log_position_invalid", "'" + position + "' is no position.");
    }
    String[] offsets = position.split(" ");
    try (LogCursor out = new LogCursor(sandbox.log("out"), Source.STDOUT);
        LogCursor err = new LogCursor(sandbox.log("err"), Source.STDERR)) {
      out.skipTo(Long.parseLong(offsets[0]));
      err.skipTo(Long.parseLong(offsets[1]));
      follow(sandbox, out, err, sink, true);
    } catch (IOException e) {
      throw Failures.disk(e);
    }
  }

  /** Returns whether more is wanted. */
  private static boolean existing(LogCursor cursor, LogQuery query, Sink sink) throws IOException {
    Instant since = query.since();
    if (query.tail() == 0 || (since != null && cursor.modified().isBefore(since))) {
      cursor.skipToEnd();
      return true;
    }
    if (query.tail() < 0) {
      return cursor.lines(sink, !query.follow());
    }
    Last last = new Last(query.tail(), new ArrayDeque<>());
    cursor.lines(last, !query.follow());
    boolean wanted = true;
    for (LogLine line : last.lines) {
      // All of them, wanted or not: the position is after the last.
      wanted = sink.line(line) && wanted;
    }
    return wanted;
  }

  private void follow(Sandbox sandbox, LogCursor out, LogCursor err, Sink sink, boolean wanted)
      throws IOException {
    boolean more = wanted;
    while (more && sink.open() && !runtime.closesWithin(POLL_MS, TimeUnit.MILLISECONDS)) {
      boolean last = !sandbox.exists();
      more = out.lines(sink, last) && err.lines(sink, last) && !last;
    }
    sink.stoppedAt(out.position() + " " + err.position());
  }

  /** Keeps the last lines. */
  private record Last(int most, Deque<LogLine> lines) implements InstanceLogs.Sink {
    @Override
    public boolean line(LogLine line) {
      lines.addLast(line);
      if (lines.size() > most) {
        lines.removeFirst();
      }
      return true;
    }

    @Override
    public boolean open() {
      return true;
    }
  }
}
