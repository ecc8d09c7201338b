package com.example.gyre.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process, and not another that got its number later.
 *
 * @param started field 22 of {@code /proc/PID/stat}
 */
record Pid(long number, long started) {
  private static final int STATE = 0;
  private static final int STARTED = 19;

  boolean alive() {
    try {
      String stat = Files.readString(Path.of("/proc/" + number + "/stat"));
      // What comes before is the name, which may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[STARTED]) == started && !fields[STATE].equals("Z");
    } catch (IOException e) {
      return false;
    }
  }

  void kill() {
    if (alive()) {
      ProcessHandle.of(number).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  /** To its process group; to itself while it has none of its own yet. */
  void signal(int signal) throws IOException, InterruptedException {
    if (alive()) {
      String script = "kill -$0 -$1 2>/dev/null || kill -$0 $1 2>/dev/null";
      SandboxPlugin.tool(
              java.util.List.of("sh", "-c", script, Integer.toString(signal), "" + number))
          .start()
          .waitFor();
    }
  }
}
