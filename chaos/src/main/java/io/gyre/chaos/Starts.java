package io.gyre.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the workloads themselves wrote of their starts. Each start of a replica but its first must
 * be explained by its having been killed by the harness, or by a restart that was asked for.
 */
final class Starts {
  private final Path file;
  private final Ledger ledger;
  private final Map<String, Start> newest = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();
  private final Map<String, Integer> asked = new HashMap<>();

  /** Starts that no kill explains; a restart that was asked for may. */
  private final Map<String, Integer> unexplained = new HashMap<>();

  private int total;
  private int enginesLost;
  private final Map<String, Integer> enginesLostBefore = new HashMap<>();
  private long read;

  /**
   * @param startTicks 0 for a container
   */
  record Start(
      String deployment, String replica, long pid, long startTicks, String host, int port) {}

  Starts(Path file, Ledger ledger) {
    this.file = file;
    this.ledger = ledger;
  }

  /** The engine was ended, and with it every container. */
  synchronized void engineLost() {
    refresh();
    enginesLost++;
  }

  /** Each instance of this deployment may be started once more. */
  synchronized void restartAsked(String deployment) {
    asked.merge(deployment, 1, Integer::sum);
  }

  synchronized @Nullable Start newest(String replica) {
    refresh();
    return newest.get(replica);
  }

  /** The newest start of each replica of a deployment. */
  synchronized List<Start> of(String deployment) {
    refresh();
    return newest.values().stream().filter(start -> start.deployment().equals(deployment)).toList();
  }

  synchronized int total() {
    refresh();
    return total;
  }

  synchronized void refresh() {
    for (String line : newLines()) {
      String[] fields = line.split(" ");
      switch (fields[0]) {
        case "S" ->
            began(
                new Start(
                    fields[1],
                    fields[2],
                    Long.parseLong(fields[3]),
                    Long.parseLong(fields[4]),
                    "127.0.0.1",
                    Integer.parseInt(fields[5])),
                line);
        case "C" -> began(new Start(fields[1], fields[2], 1, 0, fields[4], 8080), line);
        case "T" -> ledger.violation("twin " + line, "a twin of a replica lived: " + line);
        default -> ledger.violation("line " + line, "unknown line in the log of starts: " + line);
      }
    }
  }

  private void began(Start start, String line) {
    total++;
    Start before = newest.put(start.replica(), start);
    int count = counts.merge(start.replica(), 1, Integer::sum);
    if (before == null) {
      enginesLostBefore.put(start.replica(), enginesLost);
      return;
    }
    boolean explained =
        start.startTicks() != 0
            ? ledger.killed(before.pid(), before.startTicks())
            : count - 1
                <= ledger.killsOfContainer(start.replica())
                    + enginesLost
                    - enginesLostBefore.getOrDefault(start.replica(), 0);
    if (!explained
        && unexplained.merge(start.replica(), 1, Integer::sum)
            > asked.getOrDefault(start.deployment(), 0)) {
      ledger.violation(
          "restart " + line,
          "restarted though nobody killed it (start "
              + count
              + " of "
              + start.replica()
              + "): "
              + line
              + "; before: "
              + before);
    }
  }

  private List<String> newLines() {
    List<String> lines = new ArrayList<>();
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[(int) (log.length() - read)];
      log.seek(read);
      log.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      int whole = text.lastIndexOf('\n') + 1;
      read += text.substring(0, whole).getBytes(StandardCharsets.UTF_8).length;
      text.substring(0, whole).lines().forEach(lines::add);
    } catch (IOException e) {
      return lines;
    }
    return lines;
  }
}
