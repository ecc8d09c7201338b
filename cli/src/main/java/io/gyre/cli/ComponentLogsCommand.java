package io.gyre.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "logs", description = "Print what a process of Gyre logged.")
final class ComponentLogsCommand extends GyreCommand {
  private static final long POLL_MS = 200;
  private static final int OLDER_FILES = 2;

  @Parameters(paramLabel = "NAME", description = "api, reconciler, runtime or supervisor.")
  String name = "";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with every new line until interrupted.")
  boolean follow;

  @Option(
      names = {"-n", "--tail"},
      paramLabel = "N",
      description = "Begin with the last N lines. Default: 100.")
  int tail = 100;

  private long position;
  private @Nullable Object file;

  ComponentLogsCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException, InterruptedException {
    ComponentCommand.known(name);
    if (tail < 0) {
      throw CliFailure.usage("-n " + tail + " is not a number of lines", null);
    }
    if (Units.inCharge(new Marks(session().home()))) {
      return journal();
    }
    Path log = session().home().resolve("log").resolve(name + ".log");
    Path out = session().home().resolve("log").resolve(name + ".out");
    if (!Files.exists(log) && !Files.exists(out)) {
      throw new CliFailure(
          Exit.NOT_FOUND, name + " has not run with " + session().home(), "gyre up -d");
    }
    Deque<String> lines = new ArrayDeque<>();
    for (int i = OLDER_FILES; i > 0; i--) {
      read(log.resolveSibling(log.getFileName() + "." + i), 0, lines);
    }
    remember(log);
    position = read(log, 0, lines);
    lines.forEach(session()::line);
    if (!follow) {
      beforeTheLog(log, out);
      return Exit.OK;
    }
    while (session().read()) {
      Screen.pause(POLL_MS);
      more(log);
    }
    return Exit.OK;
  }

  private int journal() throws IOException, InterruptedException {
    String unit = Units.name(name);
    String lines = Integer.toString(tail);
    return follow
        ? Units.pass(session(), "journalctl", "-u", unit, "-n", lines, "-o", "cat", "-f")
        : Units.pass(session(), "journalctl", "-u", unit, "-n", lines, "-o", "cat", "--no-pager");
  }

  /** What a process says that could not even begin to log. */
  private void beforeTheLog(Path log, Path out) throws IOException {
    if (!Files.exists(out)
        || Files.size(out) == 0
        || (Files.exists(log)
            && Files.getLastModifiedTime(out).compareTo(Files.getLastModifiedTime(log)) < 0)) {
      return;
    }
    Deque<String> lines = new ArrayDeque<>();
    read(out, 0, lines);
    session().note("on standard output and error (" + out + "):");
    lines.forEach(session()::line);
  }

  /**
   * Keeps the last lines of what is there from the position on.
   *
   * @return where the last whole line ends
   */
  private long read(Path path, long from, Deque<String> lines) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
      in.seek(from);
      byte[] bytes = new byte[(int) Math.min(Integer.MAX_VALUE - 8, in.length() - from)];
      in.readFully(bytes);
      int begin = 0;
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == '\n') {
          lines.addLast(new String(bytes, begin, i - begin, StandardCharsets.UTF_8));
          begin = i + 1;
          if (lines.size() > tail) {
            lines.removeFirst();
          }
        }
      }
      return from + begin;
    } catch (IOException e) {
      if (Files.exists(path)) {
        throw e;
      }
      return 0;
    }
  }

  private void more(Path log) throws IOException {
    Object before = file;
    long length = Files.exists(log) ? Files.size(log) : 0;
    remember(log);
    if (before != null && !before.equals(file)) {
      // It was rotated: the rest of the old one first.
      print(log.resolveSibling(log.getFileName() + ".1"), position);
      position = 0;
    } else if (length < position) {
      position = 0;
    }
    position = print(log, position);
  }

  private long print(Path path, long from) throws IOException {
    Deque<String> lines = new ArrayDeque<>();
    int kept = tail;
    tail = Integer.MAX_VALUE;
    try {
      long end = read(path, from, lines);
      session().lines(List.copyOf(lines));
      return end;
    } finally {
      tail = kept;
    }
  }

  private void remember(Path log) throws IOException {
    try {
      file = Files.readAttributes(log, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      // Between a rotation and the next line.
      file = null;
    }
  }
}
