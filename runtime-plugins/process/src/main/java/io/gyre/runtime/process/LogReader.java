package io.gyre.runtime.process;

import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Reads the log files. The two outputs are put in order by the marks, within a mark standard output
 * comes first; when a line was printed is known no better than that, so lines have no time.
 */
final class LogReader implements ResumableLogs {
  private static final long POLL_NANOS = 50_000_000;

  private final Instances instances;
  private final BooleanSupplier closed;

  LogReader(Instances instances, BooleanSupplier closed) {
    this.instances = instances;
    this.closed = closed;
  }

  @Override
  public void read(String id, LogQuery query, Sink sink) throws RuntimeFailure {
    InstanceDirectory directory = instances.directory(id);
    if (!directory.exists()) {
      throw instances.unknown(id);
    }
    LogFiles files = directory.logs();
    try (LogCursor out = new LogCursor(files, LogFiles.OUT, Source.STDOUT);
        LogCursor err = new LogCursor(files, LogFiles.ERR, Source.STDERR)) {
      List<LogFiles.Mark> marks = files.marks();
      out.skipToStart();
      err.skipToStart();
      skipOlder(query, marks, out, err);
      if (query.tail() >= 0) {
        out.skipToLast(query.tail());
        err.skipToLast(query.tail());
      }
      if (existing(query, marks, out, err, sink) && query.follow()) {
        follow(directory, out, err, sink);
      }
      if (query.follow()) {
        sink.stoppedAt(position(out, err));
      }
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't read the log of " + id, e);
    }
  }

  /** Two offsets: of the standard output and of the standard error. */
  private static String position(LogCursor out, LogCursor err) {
    return out.reached() + " " + err.reached();
  }

  @Override
  public void resume(String id, String position, Sink sink) throws RuntimeFailure {
    InstanceDirectory directory = instances.directory(id);
    if (!directory.exists()) {
      throw instances.unknown(id);
    }
    String[] offsets = position.split(" ");
    LogFiles files = directory.logs();
    try (LogCursor out = new LogCursor(files, LogFiles.OUT, Source.STDOUT);
        LogCursor err = new LogCursor(files, LogFiles.ERR, Source.STDERR)) {
      if (offsets.length != 2) {
        throw new NumberFormatException("two numbers are needed");
      }
      out.resume(Long.parseUnsignedLong(offsets[0]));
      err.resume(Long.parseUnsignedLong(offsets[1]));
      follow(directory, out, err, sink);
      sink.stoppedAt(position(out, err));
    } catch (NumberFormatException e) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.INVALID,
          "log_position_invalid",
          "\"" + position + "\" is no position in a log.",
          null);
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't read the log of " + id, e);
    }
  }

  private static void skipOlder(
      LogQuery query, List<LogFiles.Mark> marks, LogCursor out, LogCursor err) throws IOException {
    var since = query.since();
    if (since == null) {
      return;
    }
    if (since.toEpochMilli() > System.currentTimeMillis()) {
      out.skipTo(out.size());
      err.skipTo(err.size());
      return;
    }
    for (LogFiles.Mark mark : marks) {
      if (mark.at() < since.toEpochMilli()) {
        out.skipTo(mark.out());
        err.skipTo(mark.err());
      }
    }
  }

  /** What is there, in order; the last lines of it where a tail is wanted. */
  private static boolean existing(
      LogQuery query, List<LogFiles.Mark> marks, LogCursor out, LogCursor err, Sink sink)
      throws IOException {
    Sink target = sink;
    Deque<LogLine> last = new ArrayDeque<>();
    if (query.tail() >= 0) {
      target = new Last(query.tail(), last);
    }
    long outEnd = out.size();
    long errEnd = err.size();
    boolean wanted = true;
    for (LogFiles.Mark mark : marks) {
      wanted = wanted && out.lines(Math.min(mark.out(), outEnd), target);
      wanted = wanted && err.lines(Math.min(mark.err(), errEnd), target);
    }
    wanted = wanted && out.lines(outEnd, target) && err.lines(errEnd, target);
    if (!query.follow()) {
      wanted = wanted && out.rest(target) && err.rest(target);
    }
    for (LogLine line : last) {
      // All of them, wanted or not: the position is after the last.
      wanted = sink.line(line) && wanted;
    }
    return wanted;
  }

  private void follow(InstanceDirectory directory, LogCursor out, LogCursor err, Sink sink)
      throws IOException {
    while (sink.open() && !closed.getAsBoolean()) {
      boolean there = directory.exists();
      if (!out.lines(out.size(), sink) || !err.lines(err.size(), sink)) {
        return;
      }
      if (!there) {
        out.rest(sink);
        err.rest(sink);
        return;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Keeps the last lines. */
  private record Last(int most, Deque<LogLine> lines) implements Sink {
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
