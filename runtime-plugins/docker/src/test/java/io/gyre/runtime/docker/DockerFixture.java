package io.gyre.runtime.docker;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.RuntimeFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A runtime on the engine of this machine; nothing of it is left after {@link #close}. */
final class DockerFixture implements AutoCloseable {
  final TestEngine engine;
  final RuntimeFixture kit;

  DockerFixture(Path directory, TestEngine engine, Map<String, String> settings)
      throws IOException {
    this.engine = engine;
    Path state = Files.createDirectories(directory.resolve("state"));
    this.kit = RuntimeFixture.on(state, DockerRuntimePlugin::new, new ShellContainers(), settings);
  }

  static DockerFixture local(Path directory) throws IOException {
    return new DockerFixture(directory, TestEngine.require(), Map.of());
  }

  WorkloadRuntime runtime() throws RuntimeFailure {
    return kit.runtime();
  }

  /** One field of docker inspect, by its Go template. */
  String inspect(String container, String template) {
    return engine.docker("inspect", "-f", template, container);
  }

  String inspectNetwork(String network) {
    return engine.docker("network", "inspect", "-f", "{{.Name}}", network);
  }

  static String handle(InstanceStatus status) {
    return Objects.requireNonNull(status.handle());
  }

  static int exitCode(InstanceStatus status) {
    return Objects.requireNonNull(status.lastExit()).code();
  }

  /** SIGKILL to the main process, past the engine. */
  static void kill(InstanceStatus status) {
    long pid = Objects.requireNonNull(status.pid());
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  List<String> containers() {
    return engine.ids("ps", "-aq", "--filter", "label=" + Labels.HOST + "=" + kit.mark());
  }

  List<String> networks() {
    return engine.ids("network", "ls", "-q", "--filter", "label=" + Labels.HOST + "=" + kit.mark());
  }

  @Override
  public void close() throws RuntimeFailure {
    try {
      kit.close();
    } finally {
      engine.cleanUp(kit.mark());
    }
  }
}
