package io.gyre.runtime.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The live processes of this machine whose environment holds a mark, also those in containers. */
final class MarkedProcesses {
  static final String VARIABLE = "GYRE_TESTKIT_MARK";

  private MarkedProcesses() {}

  static List<String> find(String mark) {
    String entry = VARIABLE + "=" + mark;
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (environment(process).contains(entry)) {
          found.add(describe(process));
        }
      }
    } catch (IOException e) {
      throw new AssertionError("can't read /proc", e);
    }
    return found;
  }

  private static List<String> environment(Path process) {
    return List.of(read(process.resolve("environ")).split("\0"));
  }

  private static String describe(Path process) {
    return String.format(
        Locale.ROOT,
        "pid %s: %s [%s]",
        process.getFileName(),
        read(process.resolve("cmdline")).replace('\0', ' '),
        read(process.resolve("stat")));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
