package com.example.gyre.sandbox;

import com.example.gyre.sandbox.Notes.Span;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a sandbox printed to one of its outputs. It writes to the file itself, so that nothing of
 * Gyre has to be there. The oldest part is dropped by punching a hole, which moves no position and
 * loses nothing that is printed meanwhile.
 *
 * @param start notes where the kept part begins
 */
record LogFile(Path file, Path start) {
  private static final long KEPT = 8L << 20;
  private static final long BLOCK = 4096;
  private static final int LAST_LINES = 10;
  private static final int LINE_LENGTH = 500;

  long size() {
    return file.toFile().length();
  }

  /** The first line that is kept. */
  long begin() {
    try {
      return Long.parseLong(Files.readString(start).strip());
    } catch (IOException e) {
      return 0;
    }
  }

  /** Keeps at least the last 8 MiB, and at most twice as much. */
  void trim() throws IOException, InterruptedException {
    if (size() - begin() < 2 * KEPT) {
      return;
    }
    long line;
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
      opened.seek(size() - KEPT);
      opened.readLine();
      line = opened.getFilePointer();
    }
    // The note comes first, so that nobody reads the hole.
    Path next = start.resolveSibling(start.getFileName() + ".new");
    Files.writeString(next, Long.toString(line));
    Files.move(next, start, StandardCopyOption.ATOMIC_MOVE);
    String length = Long.toString(line / BLOCK * BLOCK);
    SandboxPlugin.tool(List.of("fallocate", "-p", "-o", "0", "-l", length, file.toString()))
        .start()
        .waitFor(5, TimeUnit.SECONDS);
  }

  /** What a run printed last, standard output first. */
  static List<String> lastLines(LogFile out, Span outSpan, LogFile err, Span errSpan) {
    List<String> lines = new ArrayList<>(out.lastLines(outSpan));
    lines.addAll(err.lastLines(errSpan));
    return lines;
  }

  private List<String> lastLines(Span span) {
    long from = Math.max(Math.max(span.from(), begin()), span.to() - LAST_LINES * LINE_LENGTH * 4);
    if (from >= span.to()) {
      return List.of();
    }
    byte[] bytes = new byte[(int) (span.to() - from)];
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
      opened.seek(from);
      opened.readFully(bytes);
    } catch (IOException e) {
      return List.of();
    }
    List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
    return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).stream()
        .map(line -> line.substring(0, Math.min(line.length(), LINE_LENGTH)))
        .toList();
  }
}
