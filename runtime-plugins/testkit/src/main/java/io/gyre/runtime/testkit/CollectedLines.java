package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceLogs;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A sink that keeps everything and can have enough. */
final class CollectedLines implements InstanceLogs.Sink {
  private final int most;
  private final List<InstanceLogs.LogLine> lines = new CopyOnWriteArrayList<>();
  private volatile boolean enough;
  private volatile @Nullable String position;

  CollectedLines() {
    this(Integer.MAX_VALUE);
  }

  private CollectedLines(int most) {
    this.most = most;
  }

  /** Has enough after so many lines. */
  static CollectedLines most(int lines) {
    return new CollectedLines(lines);
  }

  @Override
  public boolean line(InstanceLogs.LogLine line) {
    lines.add(line);
    enough = enough || lines.size() >= most;
    return !enough;
  }

  @Override
  public boolean open() {
    return !enough;
  }

  @Override
  public void stoppedAt(String reached) {
    if (position != null) {
      throw new AssertionError("told twice where it stopped: " + position + ", then " + reached);
    }
    position = reached;
  }

  String position() {
    String told = position;
    if (told == null) {
      throw new AssertionError("not told where it stopped");
    }
    return told;
  }

  void enough() {
    enough = true;
  }

  List<InstanceLogs.LogLine> lines() {
    return List.copyOf(lines);
  }

  List<String> texts() {
    return lines.stream().map(InstanceLogs.LogLine::text).toList();
  }

  void replace(List<String> texts) {
    lines.clear();
    texts.forEach(
        text -> lines.add(new InstanceLogs.LogLine(InstanceLogs.Source.STDOUT, null, text)));
  }
}
