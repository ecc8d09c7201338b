package io.gyre.runtime.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processes known by an entry of their environment, which their children inherit. */
final class MarkedProcesses {
  private static final Path PROC = Path.of("/proc");
  private static final int ROUNDS = 10;

  private MarkedProcesses() {}

  /**
   * Kills all that have the mark, again until a look finds none (they may fork meanwhile). Those of
   * other users are passed over where we have no right to look.
   */
  static void kill(String mark) {
    byte[] wanted = mark.getBytes(StandardCharsets.UTF_8);
    for (int round = 0; round < ROUNDS; round++) {
      int found = 0;
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
        for (Path process : processes) {
          if (has(process.resolve("environ"), wanted)) {
            long pid = Long.parseLong(process.getFileName().toString());
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            found++;
          }
        }
      } catch (IOException e) {
        return;
      }
      if (found == 0) {
        return;
      }
    }
  }

  private static boolean has(Path environment, byte[] wanted) {
    byte[] all;
    try {
      all = Files.readAllBytes(environment);
    } catch (IOException e) {
      return false;
    }
    for (int start = 0; start + wanted.length <= all.length; start++) {
      if ((start == 0 || all[start - 1] == 0) && matches(all, start, wanted)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(byte[] all, int start, byte[] wanted) {
    for (int i = 0; i < wanted.length; i++) {
      if (all[start + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
