package io.gyre.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM of its own that runs {@link StoreProcess}; killed when closed. */
final class Fork implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private Fork(Process process) {
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  static Fork start(String job, Path file, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // A debugger's port can't be shared.
      if (!argument.startsWith("-agentlib:jdwp")) {
        command.add(argument);
      }
    }
    command.addAll(List.of("-Xmx64m", "-cp", System.getProperty("java.class.path", "")));
    command.addAll(List.of(StoreProcess.class.getName(), job, file.toString()));
    command.addAll(List.of(arguments));
    try {
      return new Fork(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next line it prints; fails where it ended. */
  String line() {
    try {
      String line = output.readLine();
      if (line == null) {
        throw new IllegalStateException("the process ended with " + waitFor());
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All lines from here to its end. */
  List<String> rest() {
    return output.lines().toList();
  }

  /** Lets it go on: it waits for a line. */
  void go() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int waitFor() {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SIGKILL; what it printed can still be read ({@code Process.destroyForcibly} closes that). */
  void kill() {
    process.toHandle().destroyForcibly();
    waitFor();
  }

  @Override
  public void close() {
    kill();
    process.destroyForcibly();
  }
}
