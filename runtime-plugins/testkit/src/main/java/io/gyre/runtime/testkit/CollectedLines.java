package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceLogs;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A sink that keeps everything and can have enough. */
final class CollectedLines implements InstanceLogs.Sink {
  private final List<InstanceLogs.LogLine> lines = new CopyOnWriteArrayList<>();
  private volatile boolean enough;

  @Override
  public boolean line(InstanceLogs.LogLine line) {
    lines.add(line);
    return !enough;
  }

  @Override
  public boolean open() {
    return !enough;
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
