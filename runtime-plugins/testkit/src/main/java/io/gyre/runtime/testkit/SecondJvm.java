package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts an instance in a JVM that then dies on the spot, as a host does that is killed. */
final class SecondJvm {
  private SecondJvm() {}

  /**
   * Runs it and waits for its end.
   *
   * @return pid of the main process that it started
   */
  static long startAndDie(RuntimeContractTest test, String id) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(SecondJvm.class.getName(), test.getClass().getName()));
    command.addAll(List.of(test.fixture().stateDirectory().toString(), test.fixture().mark(), id));
    Path output = Files.createTempFile(test.directory, "jvm", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("the second JVM hangs:\n" + Files.readString(output));
      }
    } finally {
      process.destroyForcibly();
    }
    return Files.readAllLines(output).stream()
        .filter(line -> line.startsWith("started "))
        .map(line -> Long.parseLong(line.substring("started ".length())))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the second JVM failed:\n" + text(output)));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /**
   * @param args class of the test, state directory, mark, instance id
   */
  public static void main(String[] args) throws Exception {
    Constructor<?> constructor = Class.forName(args[0]).getDeclaredConstructor();
    constructor.setAccessible(true);
    RuntimeContractTest test = (RuntimeContractTest) constructor.newInstance();
    RuntimeFixture fixture =
        new RuntimeFixture(
            test::plugin, test.shellWorkloads(), test.settings(), Path.of(args[1]), args[2]);
    InstanceSpec spec = fixture.spec(fixture.workloads().longRunning()).id(args[3]).build();
    WorkloadRuntime runtime = fixture.runtime();
    InstanceStatus status = runtime.start(spec);
    System.out.write(("\nstarted " + status.pid() + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
    Runtime.getRuntime().halt(9);
  }
}
