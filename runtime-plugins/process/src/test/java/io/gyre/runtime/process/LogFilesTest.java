package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.process.LogFiles.Mark;
import io.gyre.runtime.spi.InstanceLogs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFilesTest {
  @TempDir Path directory;

  @Test
  void isBoundedWithoutLosingALineOfAWriterThatGoesOn() throws Exception {
    LogFiles files = new LogFiles(directory);
    Process writer =
        new ProcessBuilder("sh", "-c", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo $i; done")
            .redirectOutput(ProcessBuilder.Redirect.appendTo(files.file(LogFiles.OUT).toFile()))
            .start();
    LogFiles.Bounds bounds = new LogFiles.Bounds(32 << 10, 64 << 10);
    while (writer.isAlive()) {
      files.trim(bounds);
    }
    files.trim(bounds);
    assertThat(writer.waitFor()).isZero();
    assertThat(files.start(LogFiles.OUT)).isPositive();
    assertThat(files.size(LogFiles.OUT)).isGreaterThan(300_000);
    List<String> lines = read(files);
    assertThat(lines.getLast()).isEqualTo("60000");
    for (int i = 1; i < lines.size(); i++) {
      assertThat(Integer.parseInt(lines.get(i))).isEqualTo(Integer.parseInt(lines.get(i - 1)) + 1);
    }
    assertThat(blocks(files.file(LogFiles.OUT)) * 512).isLessThanOrEqualTo(80 << 10);
  }

  private static long blocks(Path file) throws Exception {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    return Long.parseLong(
        new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
  }

  @Test
  void showsTheTailOfARun() throws IOException {
    LogFiles files = new LogFiles(directory);
    append(files, LogFiles.OUT, "old\n");
    long from = files.size(LogFiles.OUT);
    append(files, LogFiles.OUT, "one\ntwo\nthree");
    long to = files.size(LogFiles.OUT);
    append(files, LogFiles.OUT, "\nnext run\n");
    assertThat(files.tail(LogFiles.OUT, from, to, 20, 500)).containsExactly("one", "two", "three");
    assertThat(files.tail(LogFiles.OUT, from, to, 2, 3)).containsExactly("two", "thr");
    assertThat(files.tail(LogFiles.OUT, from, -1, 20, 500)).contains("next run");
    assertThat(files.tail(LogFiles.OUT, to, to, 20, 500)).isEmpty();
    assertThat(files.tail(LogFiles.ERR, 0, 10, 20, 500)).isEmpty();
  }

  @Test
  void keepsMarksInOrderAndFew() throws IOException {
    LogFiles files = new LogFiles(directory);
    assertThat(files.marks()).isEmpty();
    for (int i = 0; i < 10_000; i++) {
      files.mark(new Mark(1_000_000_000_000L + i, i, i));
    }
    List<Mark> marks = files.marks();
    assertThat(marks.getLast().out()).isEqualTo(9999);
    assertThat(marks).hasSizeBetween(500, 5000);
  }

  @Test
  void cutsLongLinesIntoPieces() throws IOException {
    LogFiles files = new LogFiles(directory);
    append(files, LogFiles.OUT, "x".repeat(40_000) + "\nshort\nunfinished");
    List<String> lines = read(files);
    assertThat(lines).hasSize(5);
    assertThat(lines.subList(0, 3)).allMatch(line -> line.length() <= 16 << 10);
    assertThat(String.join("", lines.subList(0, 3))).isEqualTo("x".repeat(40_000));
    assertThat(lines.subList(3, 5)).containsExactly("short", "unfinished");
  }

  @Test
  void goesToTheLastLines() throws IOException {
    LogFiles files = new LogFiles(directory);
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 5000; i++) {
      text.append("line ").append(i).append('\n');
    }
    append(files, LogFiles.OUT, text.toString());
    for (int n : new int[] {0, 1, 3, 4999, 5000, 6000}) {
      try (LogCursor cursor = new LogCursor(files, LogFiles.OUT, InstanceLogs.Source.STDOUT)) {
        cursor.skipToLast(n);
        Lines lines = new Lines();
        assertThat(cursor.lines(cursor.size(), lines)).isTrue();
        assertThat(lines.texts).hasSize(Math.min(n, 5000));
      }
    }
  }

  private static List<String> read(LogFiles files) throws IOException {
    try (LogCursor cursor = new LogCursor(files, LogFiles.OUT, InstanceLogs.Source.STDOUT)) {
      Lines lines = new Lines();
      cursor.skipToStart();
      cursor.lines(cursor.size(), lines);
      cursor.rest(lines);
      return lines.texts;
    }
  }

  private static void append(LogFiles files, String name, String text) throws IOException {
    Files.writeString(files.file(name), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static final class Lines implements InstanceLogs.Sink {
    private final List<String> texts = new ArrayList<>();

    @Override
    public boolean line(InstanceLogs.LogLine line) {
      texts.add(line.text());
      return true;
    }

    @Override
    public boolean open() {
      return true;
    }
  }
}
