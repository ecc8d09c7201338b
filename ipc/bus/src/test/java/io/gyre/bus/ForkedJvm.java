package io.gyre.bus;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM with the class path and the access flags of this one, running {@link BusPeer}. */
record ForkedJvm(Process process, Path output) implements AutoCloseable {
  static ForkedJvm start(Path output, Object... arguments) throws IOException {
    return start(List.of(), List.of(), output, arguments);
  }

  static ForkedJvm start(
      List<String> prefix, List<String> options, Path output, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(BusPeer.class.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new ForkedJvm(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start(),
        output);
  }

  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Its exit code, when it has ended by itself. */
  int awaitEnd() {
    Await.until("the process ended", () -> !process.isAlive());
    return process.exitValue();
  }

  String printed() throws IOException {
    return Files.readString(output);
  }

  @Override
  public void close() {
    kill();
  }
}
