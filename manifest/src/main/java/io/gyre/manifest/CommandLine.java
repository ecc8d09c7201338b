package io.gyre.manifest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Commands and their arguments. {@code $PORT} is never a variable of the manifest in what a process
 * runs: a shell puts it in when the instance starts, so it may stand only where there is a shell.
 */
final class CommandLine {
  private static final Set<String> SHELLS =
      Set.of("sh", "bash", "dash", "ash", "ksh", "zsh", "busybox");

  private CommandLine() {}

  /** A list of words as they are written; numbers and booleans count as text. */
  static @Nullable List<String> words(Value list, String expected, boolean keepPort) {
    List<Value> items = list.items(expected);
    return items == null ? null : words(items, keepPort, List.of());
  }

  /** The arguments of a host process: an exact list, or a shell line where args is null. */
  static @Nullable List<String> ofProcess(Value command, @Nullable Value args) {
    if (command.isList()) {
      return exact(command, args);
    }
    Interpolation.Resolved line =
        command.textKeepingPort("a shell line, or a list of a program and its arguments");
    List<Value> items = args == null ? List.of() : args.items("a list of arguments");
    if (line == null || items == null || blank(command, line.text()) || tooLong(command, line)) {
      return null;
    }
    if (args == null) {
      return List.of("/bin/sh", "-c", line.text());
    }
    if (line.keptPort() && !isShell(line.text())) {
      refusePort(command);
      return null;
    }
    return words(items, true, List.of(line.text()));
  }

  /** The command of a probe: a list, or a line that is split into words without a shell. */
  static @Nullable List<String> ofProbe(Value command, boolean process) {
    if (command.isList()) {
      List<String> words = words(command, "a list", process);
      return words == null
              || (words.isEmpty() ? blank(command, "") : blank(command, words.getFirst()))
          ? null
          : words;
    }
    Interpolation.Resolved line =
        process
            ? command.textKeepingPort("a command line or a list")
            : command.resolvedText("a command line or a list");
    if (line == null) {
      return null;
    }
    List<String> words = ShellWords.split(line.text()).orElse(null);
    if (words == null) {
      command.problem("invalid", "a quote has no end, or the line ends in a backslash");
      return null;
    }
    if (blank(command, words.isEmpty() ? "" : words.getFirst())) {
      return null;
    }
    if (line.keptPort() && !isShell(words.getFirst())) {
      refusePort(command);
      return null;
    }
    return words;
  }

  private static @Nullable List<String> exact(Value command, @Nullable Value args) {
    List<Value> items = command.items("a list");
    List<Value> more = args == null ? List.of() : args.items("a list of arguments");
    if (items == null || more == null) {
      return null;
    }
    if (items.isEmpty()) {
      command.problem("invalid", "the list is empty; it starts with the program to run");
      return null;
    }
    List<Value> all = new ArrayList<>(items);
    all.addAll(more);
    List<String> words = words(all, true, List.of());
    return words == null || blank(items.getFirst(), words.getFirst()) ? null : words;
  }

  private static @Nullable List<String> words(
      List<Value> items, boolean keepPort, List<String> before) {
    List<String> words = new ArrayList<>(before);
    boolean complete = true;
    for (Value item : items) {
      Interpolation.Resolved word = item.scalarKeepingPort("text or a number", keepPort);
      if (word == null || tooLong(item, word)) {
        complete = false;
        continue;
      }
      if (word.keptPort() && (words.isEmpty() || !isShell(words.getFirst()))) {
        refusePort(item);
        complete = false;
      }
      words.add(word.text());
    }
    return complete ? words : null;
  }

  private static boolean isShell(String program) {
    return SHELLS.contains(program.substring(program.lastIndexOf('/') + 1));
  }

  private static void refusePort(Value at) {
    at.problem(
        "port_without_shell",
        "nothing replaces $PORT without a shell; write the command as one line of text, or $$PORT"
            + " for these characters themselves");
  }

  private static boolean blank(Value at, String text) {
    boolean blank = text.isBlank();
    if (blank) {
      at.problem("invalid", "there is nothing to run in it");
    }
    return blank;
  }

  private static boolean tooLong(Value at, Interpolation.Resolved word) {
    boolean tooLong =
        word.text().length() > EnvironmentDecoder.LONGEST_STRING
            || word.text().getBytes(StandardCharsets.UTF_8).length
                > EnvironmentDecoder.LONGEST_STRING;
    if (tooLong) {
      at.problem(
          "too_long",
          "longer than "
              + EnvironmentDecoder.LONGEST_STRING
              + " bytes, more than a process takes; put it in a file");
    }
    return tooLong;
  }
}
