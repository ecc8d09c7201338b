package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.testkit.SpecBuilder;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The host dies at a request to the engine, before or after the engine does it. */
final class JvmDeathTest {
  @TempDir Path directory;
  private DockerFixture docker;

  @BeforeEach
  void open() throws Exception {
    docker = DockerFixture.local(directory);
  }

  @AfterEach
  void close() throws Exception {
    docker.close();
  }

  @ParameterizedTest
  @CsvSource({
    "POST /v[0-9.]+/containers/create.*, 0",
    "POST /v[0-9.]+/containers/[0-9a-f]+/start.*, 1",
    "GET /v[0-9.]+/containers/[0-9a-f]+/json.*, 1"
  })
  void theNextGenerationFinishesTheStart(String request, int made) throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    dieAt(request, spec.id());
    assertThat(docker.containers()).hasSize(made);
    List<InstanceStatus> found = docker.runtime().list();
    assertThat(found).hasSize(made);
    InstanceStatus status = docker.runtime().start(spec);
    assertThat(status.state()).isEqualTo(State.RUNNING);
    assertThat(status.restarts()).isZero();
    assertThat(docker.containers()).hasSize(1);
    assertThat(docker.networks()).hasSize(1);
    if (!found.isEmpty()) {
      assertThat(status.handle()).isEqualTo(found.getFirst().handle());
    }
  }

  @ParameterizedTest
  @CsvSource({"POST /v[0-9.]+/containers/[0-9a-f]+/stop.*"})
  void aStopThatWasSentIsAStop(String request) throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    docker.runtime().start(spec);
    docker.kit.closeGeneration();
    dieAt(request, spec.id());
    assertThat(docker.runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    docker.kit.reopen();
    assertThat(docker.kit.status(spec.id()).state()).isEqualTo(State.STOPPED);
  }

  private void dieAt(String request, String id) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                JvmDeathTest.class.getName(),
                directory.resolve("proxy.sock").toString(),
                docker.kit.stateDirectory().toString(),
                docker.kit.mark(),
                id,
                request)
            .inheritIO()
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("halted at the request").isEqualTo(9);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * @param args proxy's socket, state directory, host id, instance id, pattern of the last request
   */
  public static void main(String[] args) throws Exception {
    Pattern last = Pattern.compile(args[4] + "\r\n.*", Pattern.DOTALL);
    boolean[] armed = {false};
    try (EngineProxy proxy =
            new EngineProxy(
                Path.of(args[0]),
                text -> {
                  if (armed[0] && last.matcher(text).matches()) {
                    Runtime.getRuntime().halt(9);
                  }
                });
        TestRuntimeContext context =
            new TestRuntimeContext(Path.of(args[1]), Map.of("host", proxy.host()), args[2])) {
      var runtime = new DockerRuntimePlugin().open(context);
      armed[0] = true;
      InstanceSpec spec =
          specs(args).workload(new ShellContainers().longRunning()).id(args[3]).build();
      if (args[4].contains("/stop")) {
        runtime.stop(spec.id());
      } else {
        runtime.start(spec);
      }
    }
    Runtime.getRuntime().halt(1);
  }

  private static SpecBuilder specs(String[] args) {
    return io.gyre.runtime.testkit.RuntimeFixture.on(
            Path.of(args[1]), DockerRuntimePlugin::new, new ShellContainers(), Map.of())
        .spec(new ShellContainers().longRunning());
  }
}
