package io.gyre.runtime.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What an instance printed. The workload writes straight to the files, appending; nothing stands
 * between, so nothing can slow it down or lose its output, whoever dies.
 *
 * <pre>
 * out.log err.log       the outputs
 * out.start err.start   where the kept part begins
 * marks                 "TIME OUT_SIZE ERR_SIZE": how much had been printed when
 * </pre>
 *
 * <p>They are bounded by punching a hole into their beginning: unlike moving or copying and
 * truncating, that loses no line printed meanwhile, needs no cooperation of the writer, costs no
 * copy, and leaves positions as they are, so that marks and followers stay right. The file's size
 * goes on growing while its blocks on disk don't. Where a file system can't do that, the file is
 * emptied.
 */
record LogFiles(Path directory) {
  static final String OUT = "out";
  static final String ERR = "err";

  /** What is kept at least, and what may be there before the rest is dropped. */
  record Bounds(long keep, long limit) {
    static final Bounds DEFAULT = new Bounds(15L << 20, 20L << 20);
  }

  private static final long BLOCK = 4096;
  private static final long LARGEST = 1L << 40;
  private static final int MOST_MARKS_BYTES = 64 << 10;

  /**
   * @param at in milliseconds since the epoch
   */
  record Mark(long at, long out, long err) {}

  Path file(String name) {
    return directory.resolve(name + ".log");
  }

  long size(String name) {
    return file(name).toFile().length();
  }

  /** Where the kept part begins; in the middle of a line where it isn't 0. */
  long start(String name) {
    try {
      return Long.parseLong(Files.readString(directory.resolve(name + ".start")).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  List<Mark> marks() throws IOException {
    List<Mark> marks = new ArrayList<>();
    String text;
    try {
      text = Files.readString(marksFile());
    } catch (NoSuchFileException e) {
      return marks;
    }
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
      String[] fields = line.split(" ");
      if (fields.length == 3) {
        Mark mark =
            new Mark(
                Long.parseLong(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[2]));
        if (marks.isEmpty()
            || (mark.out >= marks.getLast().out && mark.err >= marks.getLast().err)) {
          marks.add(mark);
        }
      }
    }
    return marks;
  }

  /** Notes how much has been printed by now. */
  void mark(Mark mark) throws IOException {
    String line = mark.at + " " + mark.out + " " + mark.err + "\n";
    Files.writeString(marksFile(), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (marksFile().toFile().length() > MOST_MARKS_BYTES) {
      String text = Files.readString(marksFile());
      int half = text.indexOf('\n', text.length() / 2) + 1;
      InstanceDirectory.replace(marksFile(), text.substring(half));
    }
  }

  private Path marksFile() {
    return directory.resolve("marks");
  }

  /** Drops the oldest part of what exceeds the bounds. */
  void trim(Bounds bounds) throws IOException, InterruptedException {
    for (String name : List.of(OUT, ERR)) {
      long size = size(name);
      long start = start(name);
      if (size < start) {
        Files.deleteIfExists(directory.resolve(name + ".start"));
      } else if (size > LARGEST) {
        empty(name);
      } else if (size - start > bounds.limit) {
        long newStart = (size - bounds.keep) / BLOCK * BLOCK;
        // First the note, then the hole: nobody ever reads the hole.
        InstanceDirectory.replace(
            directory.resolve(name + ".start"), Long.toString(newStart) + "\n");
        if (!punch(name, newStart)) {
          empty(name);
        }
      }
    }
  }

  private boolean punch(String name, long length) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "fallocate",
                "--punch-hole",
                "--offset",
                "0",
                "--length",
                Long.toString(length),
                file(name).toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  private void empty(String name) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(file(name).toFile(), "rw")) {
      file.setLength(0);
    }
    Files.deleteIfExists(directory.resolve(name + ".start"));
    Files.deleteIfExists(marksFile());
  }

  /**
   * The last lines of a part of a file.
   *
   * @param to where it ends; negative: at the end of the file
   */
  List<String> tail(String name, long from, long to, int lines, int lineLength) {
    List<String> tail = new ArrayList<>();
    try (RandomAccessFile file = new RandomAccessFile(file(name).toFile(), "r")) {
      long end = to < 0 ? file.length() : Math.min(to, file.length());
      long earliest = Math.max(Math.max(from, 0), start(name));
      long begin = Math.max(earliest, end - (long) lines * lineLength * 4);
      if (begin >= end) {
        return tail;
      }
      byte[] bytes = new byte[(int) (end - begin)];
      file.seek(begin);
      file.readFully(bytes);
      List<String> all = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      boolean cut = begin > Math.max(from, 0) && all.size() > 1;
      for (String line : all.subList(Math.max(cut ? 1 : 0, all.size() - lines), all.size())) {
        tail.add(line.length() > lineLength ? line.substring(0, lineLength) : line);
      }
    } catch (IOException e) {
      // The instance is being removed: no lines.
    }
    return tail;
  }
}
