package io.gyre.runtime.host;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The host as a process of its own. */
final class ForkedHost {
  private ForkedHost() {}

  /**
   * @param output where it prints
   */
  static Process start(HostFixture gyre, Map<String, String> environment, Path output)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.startsWith("--")
          || argument.startsWith("-XX")
          || argument.contains("chronicle")) {
        command.add(argument);
      }
    }
    command.addAll(
        List.of(
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            RuntimeHostMain.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("GYRE_HOME", gyre.home.root().toString());
    builder.environment().put("GYRE_DIST", gyre.shipped.resolveSibling("").toString());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    return builder.start();
  }
}
