package com.example.gyre.sandbox;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Refuses what can't be run, and turns the rest into text for the shell. */
final class SandboxSpec {
  private static final Map<String, Integer> SIGNALS =
      Map.of(
          "HUP", 1, "INT", 2, "QUIT", 3, "KILL", 9, "USR1", 10, "USR2", 12, "TERM", 15, "WINCH",
          28);

  private SandboxSpec() {}

  /** What isn't announced is refused here, all of it at once. */
  static Workload.HostProcess check(InstanceSpec spec) throws RuntimeFailure {
    List<String> refused = new ArrayList<>();
    if (!spec.ports().isEmpty()) {
      refused.add("publish ports");
    }
    if (!spec.mounts().isEmpty()) {
      refused.add("mount volumes");
    }
    if (!spec.limits().equals(Limits.NONE)) {
      refused.add("limit resources");
    }
    if (spec.hostNetwork()) {
      refused.add("choose a network per instance");
    }
    if (!(spec.workload() instanceof Workload.HostProcess process)) {
      refused.add("run images");
      throw unsupported(refused);
    }
    if (process.user() != null) {
      refused.add("change the user");
    }
    if (!refused.isEmpty()) {
      throw unsupported(refused);
    }
    String directory = process.workingDir();
    if (directory != null && !Files.isDirectory(Path.of(directory))) {
      throw Failures.invalid(
          "working_dir_missing", "There is no directory " + directory + " to work in.");
    }
    for (String name : spec.environment().keySet()) {
      if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
        throw Failures.invalid("environment_invalid", "'" + name + "' is no name of a variable.");
      }
    }
    return process;
  }

  private static RuntimeFailure unsupported(List<String> what) {
    return new RuntimeFailure(
        Kind.UNSUPPORTED,
        "sandbox_unsupported",
        "The sandbox runtime can't " + String.join(", ", what) + ".",
        "Use another runtime, see: gyre get runtimes");
  }

  static Map<String, String> environment(InstanceSpec spec) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("PATH", SandboxPlugin.PATH);
    all.put("HOME", System.getProperty("user.home"));
    all.putAll(spec.environment());
    all.put("GYRE_INSTANCE", spec.id());
    all.put("GYRE_NAMESPACE", spec.namespace());
    all.put("GYRE_DEPLOYMENT", spec.deployment());
    all.put("GYRE_REVISION", Long.toString(spec.revision()));
    return all;
  }

  /** A file, since what Java passes as arguments and environment depends on its locale. */
  static String environmentScript(Map<String, String> environment, Path workingDirectory) {
    StringBuilder text = new StringBuilder();
    environment.forEach((name, value) -> text.append("export " + name + "=" + quote(value) + "\n"));
    return text.append("cd " + quote(workingDirectory.toString()) + " || exit 126\n").toString();
  }

  /** With a session of its own, and all signals as they are by default. */
  static String commandScript(List<String> command) {
    return "exec env --default-signal setsid -- "
        + command.stream().map(SandboxSpec::quote).collect(Collectors.joining(" "))
        + "\n";
  }

  static String quote(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  /** The file system is the host's, so a missing program can be told before anything starts. */
  static void checkProgram(List<String> command, String path, Path directory)
      throws RuntimeFailure {
    String program = command.isEmpty() ? "" : command.getFirst();
    List<Path> places =
        program.contains("/")
            ? List.of(directory.resolve(program))
            : List.of(path.split(":")).stream().map(at -> Path.of(at).resolve(program)).toList();
    if (program.isEmpty()
        || places.stream().noneMatch(at -> Files.isRegularFile(at) && Files.isExecutable(at))) {
      throw Failures.invalid(
          "program_not_found",
          "There is no program '" + program + "' in " + (program.contains("/") ? directory : path));
    }
    if (command.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
      throw Failures.invalid("command_invalid", "The command holds a NUL character.");
    }
  }

  static int signal(String name) throws RuntimeFailure {
    String plain = name.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
    Integer number = SIGNALS.get(plain);
    if (number != null) {
      return number;
    }
    if (plain.matches("[1-9]|[1-5][0-9]|6[0-4]")) {
      return Integer.parseInt(plain);
    }
    if (plain.matches("RTMIN\\+[0-9]|RTMIN\\+[12][0-9]|RTMIN")) {
      return 34 + (plain.length() > 6 ? Integer.parseInt(plain.substring(6)) : 0);
    }
    throw Failures.invalid("stop_signal_unknown", "There is no signal '" + name + "'.");
  }
}
