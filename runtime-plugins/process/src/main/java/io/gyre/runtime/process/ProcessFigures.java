package io.gyre.runtime.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What /proc/PID/stat says of a process. The kernel tells times in hundredths of a second, whatever
 * its own clock is.
 *
 * @param ended whether its parent has only to take note
 * @param ticks processor time of it and of all its children that have ended, user and system
 * @param pages resident memory
 */
record ProcessFigures(
    long pid, boolean ended, long parent, long session, long startTime, long ticks, long pages) {
  static final long NANOS_PER_TICK = 10_000_000;

  /** Field numbers of proc(5), less the three that come before and with the state. */
  private static final int PARENT = 1;

  private static final int SESSION = 3;
  private static final int UTIME = 11;
  private static final int CSTIME = 14;
  private static final int START = 19;
  private static final int RSS = 21;

  /** Empty where there is no such process; a zombie still has its times. */
  static Optional<ProcessFigures> of(long pid) {
    return KernelFile.find("/proc/" + pid + "/stat").flatMap(text -> parse(pid, text));
  }

  static Optional<ProcessFigures> parse(long pid, String stat) {
    int name = stat.lastIndexOf(") ");
    if (name < 0) {
      return Optional.empty();
    }
    String[] fields = stat.substring(name + 2).split(" ", RSS + 2);
    if (fields.length <= RSS) {
      return Optional.empty();
    }
    long ticks = 0;
    for (int field = UTIME; field <= CSTIME; field++) {
      ticks += Long.parseLong(fields[field]);
    }
    return Optional.of(
        new ProcessFigures(
            pid,
            fields[0].equals("Z") || fields[0].equals("X"),
            Long.parseLong(fields[PARENT]),
            Long.parseLong(fields[SESSION]),
            Long.parseLong(fields[START]),
            ticks,
            Long.parseLong(fields[RSS].strip())));
  }

  /** All processes of the machine. */
  static List<ProcessFigures> all() throws IOException {
    List<ProcessFigures> all = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(Path.of("/proc"), ProcessFigures::isProcess)) {
      for (Path entry : entries) {
        of(Long.parseLong(entry.getFileName().toString())).ifPresent(all::add);
      }
    }
    return all;
  }

  private static boolean isProcess(Path entry) {
    String name = entry.getFileName().toString();
    return name.length() < 12 && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
