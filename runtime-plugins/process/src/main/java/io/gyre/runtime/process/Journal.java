package io.gyre.runtime.process;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The append-only file in which a keeper records what happened. Every record is one line that holds
 * all there is to know, so the last whole line is the state; the keeper shortens the file to that
 * line from time to time.
 *
 * <pre>
 * event at boot keeper keeperStart pid pidStart startedAt restarts row failures
 *   exitCode exitAt outFrom outTo errFrom errTo next .
 * </pre>
 */
final class Journal {
  private static final int TAIL_BYTES = 2048;
  private static final int FIELDS = 19;
  static final long NONE = -1;

  enum Event {
    /** The keeper is up; with a pid it has adopted that process. */
    K,
    /** The main process was started. */
    S,
    /** It ended and is started again at {@code next}. */
    B,
    /** It ended for good. The keeper is gone. */
    E,
    /** It was stopped. The keeper is gone. */
    Z
  }

  /**
   * Times are milliseconds since the epoch, {@link #NONE} where there is none.
   *
   * @param row restarts since the last stable time
   * @param exitCode -1 where nobody saw it
   * @param outFrom where in out.log the run that ended last began; {@code outTo} where it ended
   */
  record Line(
      Event event,
      long at,
      String boot,
      ProcessIdentity keeper,
      long pid,
      long pidStart,
      long startedAt,
      long restarts,
      long row,
      int failures,
      int exitCode,
      long exitAt,
      long outFrom,
      long outTo,
      long errFrom,
      long errTo,
      long next) {
    Optional<ProcessIdentity> main() {
      return pid == NONE ? Optional.empty() : Optional.of(new ProcessIdentity(pid, pidStart));
    }

    boolean keeperAlive(String bootId) {
      return boot.equals(bootId) && keeper.alive();
    }

    boolean mainAlive(String bootId) {
      return boot.equals(bootId) && main().filter(ProcessIdentity::alive).isPresent();
    }

    /** Whether nothing is going to happen any more until somebody asks for it. */
    boolean ended() {
      return event == Event.E || event == Event.Z;
    }

    boolean hasExit() {
      return exitAt != NONE;
    }

    /** As it is once the host found that it ended, unseen by a keeper. */
    Line lost(Event newEvent, long now) {
      return new Line(
          newEvent, now, boot, keeper, NONE, NONE, startedAt, restarts, row, failures, -1, now,
          outFrom, NONE, errFrom, NONE, NONE);
    }

    Line stopped(long now) {
      return new Line(
          Event.Z, now, boot, keeper, NONE, NONE, startedAt, restarts, 0, 0, exitCode, exitAt,
          outFrom, outTo, errFrom, errTo, NONE);
    }

    String text() {
      String exit = exitAt == NONE ? "-" : Integer.toString(exitCode);
      return String.join(
          " ",
          event.name(),
          Long.toString(at),
          boot,
          Long.toString(keeper.pid()),
          Long.toString(keeper.startTime()),
          dash(pid),
          dash(pidStart),
          dash(startedAt),
          Long.toString(restarts),
          Long.toString(row),
          Integer.toString(failures),
          exit,
          dash(exitAt),
          dash(outFrom),
          dash(outTo),
          dash(errFrom),
          dash(errTo),
          dash(next),
          ".");
    }
  }

  static String dash(long value) {
    return value == NONE ? "-" : Long.toString(value);
  }

  private Journal() {}

  /** The record in a line; empty where it is torn. */
  static Optional<Line> parse(String text) {
    String[] f = text.split(" ", -1);
    if (f.length != FIELDS || !f[FIELDS - 1].equals(".")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Line(
              Event.valueOf(f[0]),
              number(f[1]),
              f[2],
              new ProcessIdentity(number(f[3]), number(f[4])),
              number(f[5]),
              number(f[6]),
              number(f[7]),
              number(f[8]),
              number(f[9]),
              (int) number(f[10]),
              (int) number(f[11]),
              number(f[12]),
              number(f[13]),
              number(f[14]),
              number(f[15]),
              number(f[16]),
              number(f[17])));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static long number(String field) {
    return field.equals("-") ? NONE : Long.parseLong(field);
  }

  /** The last whole record; empty where there is no file or none in it. */
  static Optional<Line> last(Path file) throws IOException {
    List<Line> tail = read(file, Long.MAX_VALUE).lines;
    return tail.isEmpty() ? Optional.empty() : Optional.of(tail.getLast());
  }

  /**
   * @param end where the next record begins
   */
  record Section(List<Line> lines, long end) {}

  /**
   * The records from a position on; from the last few where the file is shorter than that, because
   * it was shortened.
   */
  static Section read(Path file, long from) throws IOException {
    try (RandomAccessFile journal = new RandomAccessFile(file.toFile(), "r")) {
      long length = journal.length();
      boolean tail = from > length;
      long start = tail ? Math.max(0, length - TAIL_BYTES) : from;
      byte[] bytes = new byte[(int) Math.min(1 << 20, length - start)];
      journal.seek(start);
      journal.readFully(bytes);
      String text = new String(bytes, StandardCharsets.US_ASCII);
      int whole = text.lastIndexOf('\n') + 1;
      List<Line> lines = new ArrayList<>();
      text.substring(0, whole).lines().forEach(line -> parse(line).ifPresent(lines::add));
      return new Section(
          tail && !lines.isEmpty() ? List.of(lines.getLast()) : lines, start + whole);
    } catch (FileNotFoundException e) {
      if (file.toFile().isFile() && !Files.isReadable(file)) {
        throw e;
      }
      return new Section(List.of(), 0);
    }
  }

  /** Adds a record for a keeper that isn't there any more. */
  static void append(Path file, Line line) throws IOException {
    try {
      Files.writeString(
          file, "\n" + line.text() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (NoSuchFileException e) {
      throw new IOException("the directory of " + file + " is gone", e);
    }
  }
}
