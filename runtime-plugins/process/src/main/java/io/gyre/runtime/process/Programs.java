package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the program of a command before anything is started. */
final class Programs {
  private Programs() {}

  static Optional<Path> find(String name, String searchPath) {
    for (String directory : searchPath.split(":")) {
      Path candidate = Path.of(directory.isEmpty() ? "/" : directory).resolve(name);
      if (runnable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /**
   * @param directory relative names with a slash are looked up in it
   */
  static void check(String program, Path directory, String searchPath) throws RuntimeFailure {
    if (program.isEmpty() || program.chars().anyMatch(c -> c < ' ')) {
      throw invalid("program_not_found", "The program's name is empty or has control characters.");
    }
    Path found;
    if (program.contains("/")) {
      found = directory.resolve(program);
      if (!Files.exists(found)) {
        throw invalid("program_not_found", "There is no program " + found + ".");
      }
      if (!runnable(found)) {
        throw invalid(
            "program_not_executable",
            found + (Files.isDirectory(found) ? " is a directory." : " isn't executable."));
      }
    } else {
      found =
          find(program, searchPath)
              .orElseThrow(
                  () ->
                      invalid(
                          "program_not_found",
                          "The program '" + program + "' isn't in PATH (" + searchPath + ")."));
    }
    checkInterpreter(found);
  }

  private static void checkInterpreter(Path program) throws RuntimeFailure {
    byte[] head;
    try (InputStream file = Files.newInputStream(program)) {
      head = file.readNBytes(256);
    } catch (IOException e) {
      return;
    }
    String text = new String(head, StandardCharsets.UTF_8);
    if (!text.startsWith("#!")) {
      return;
    }
    String interpreter = text.substring(2).lines().findFirst().orElse("").strip().split("[ \t]")[0];
    if (interpreter.startsWith("/") && !runnable(Path.of(interpreter))) {
      throw invalid(
          "program_not_found",
          program + " is a script for " + interpreter + ", which isn't there or isn't executable.");
    }
  }

  private static boolean runnable(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  private static RuntimeFailure invalid(String code, String message) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.INVALID, code, message, "Correct 'command' or install the program.");
  }
}
