package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.BoundPort;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.Workload.PullPolicy;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every field of a spec, against a real engine. */
final class DockerSpecTest {
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

  @Test
  void publishesPortsAndAnswersAtItsAddress() throws Exception {
    int[] free = freePorts(3);
    InstanceSpec spec =
        docker
            .kit
            .spec(ShellContainers.run("httpd", "-f", "-p", "8080"))
            .ports(
                new PortSpec(free[0], 8080, "127.0.0.1", PortSpec.Protocol.TCP),
                new PortSpec(free[1], 8080, "127.0.0.1", PortSpec.Protocol.TCP),
                new PortSpec(free[2], 9090, "127.0.0.1", PortSpec.Protocol.UDP))
            .stop("SIGTERM", Duration.ZERO)
            .build();
    InstanceStatus status = docker.runtime().start(spec);
    assertThat(status.ports())
        .containsExactlyInAnyOrder(
            new BoundPort("8080", "127.0.0.1", free[0], 8080, PortSpec.Protocol.TCP),
            new BoundPort("8080", "127.0.0.1", free[1], 8080, PortSpec.Protocol.TCP),
            new BoundPort("9090", "127.0.0.1", free[2], 9090, PortSpec.Protocol.UDP));
    assertThat(status.address()).matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
    for (Map.Entry<String, Integer> at :
        List.of(
            Map.entry("127.0.0.1", free[0]),
            Map.entry("127.0.0.1", free[1]),
            Map.entry(String.valueOf(status.address()), 8080))) {
      Await.until(() -> answers(at.getKey(), at.getValue()), () -> "an answer at " + at);
    }
  }

  private static boolean answers(String host, int port) {
    try (Socket socket = new Socket(host, port)) {
      socket.setSoTimeout(2000);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII)
          .equals("HTTP");
    } catch (java.io.IOException e) {
      return false;
    }
  }

  private static int[] freePorts(int count) throws Exception {
    int[] ports = new int[count];
    ServerSocket[] sockets = new ServerSocket[count];
    for (int i = 0; i < count; i++) {
      sockets[i] = new ServerSocket(0);
      ports[i] = sockets[i].getLocalPort();
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  @Test
  void aPortInUseIsAConflictThatLeavesNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      InstanceSpec spec =
          docker
              .kit
              .spec(docker.kit.workloads().longRunning())
              .ports(new PortSpec(taken.getLocalPort(), 80, "0.0.0.0", PortSpec.Protocol.TCP))
              .build();
      RuntimeFailure failure = fails(spec);
      assertThat(failure.kind()).isEqualTo(Kind.CONFLICT);
      assertThat(failure.code()).isEqualTo("port_in_use");
      assertThat(failure.hint()).isNotBlank();
    }
    assertNothingLeft();
  }

  @Test
  void aMissingProgramIsInvalidAndLeavesNothing() throws Exception {
    for (String program : List.of("no-such-program", "/etc")) {
      InstanceSpec spec = docker.kit.spec(ShellContainers.run(program)).build();
      RuntimeFailure failure = fails(spec);
      assertThat(failure.kind()).isEqualTo(Kind.INVALID);
      assertThat(failure.code()).isEqualTo("program_not_found");
      assertThat(failure).hasMessageContaining(program);
    }
    assertNothingLeft();
  }

  @Test
  void imagesThatCantBeHadSaySo() throws Exception {
    for (PullPolicy policy : List.of(PullPolicy.ALWAYS, PullPolicy.IF_NOT_PRESENT)) {
      RuntimeFailure failure = fails(image("127.0.0.1:1/gyre-test/absent:1", policy));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_FOUND);
      assertThat(failure.code()).isEqualTo("image_pull_unreachable");
      assertThat(failure).hasMessageContaining("127.0.0.1:1/gyre-test/absent:1");
      assertThat(failure.hint()).contains("127.0.0.1:1");
    }
    RuntimeFailure never = fails(image("gyre-test/absent:1", PullPolicy.NEVER));
    assertThat(never.code()).isEqualTo("image_not_found");
    RuntimeFailure bad = fails(image("UPPER case", PullPolicy.NEVER));
    assertThat(bad.kind()).isEqualTo(Kind.INVALID);
    assertNothingLeft();
  }

  private InstanceSpec image(String image, PullPolicy policy) {
    return docker.kit.spec(new Workload.Container(image, policy, List.of(), null, false)).build();
  }

  @Test
  void mountsBindsVolumesAndFiles() throws Exception {
    Path bound = Files.createDirectory(directory.resolve("bound"));
    Files.writeString(bound.resolve("hello"), "from the host");
    Workload workload =
        new Workload.Container(
            TestEngine.IMAGE,
            PullPolicy.NEVER,
            List.of("sh", "-c", "trap 'exit 0' TERM; sleep 86400 & wait"),
            "1000:1000",
            false);
    InstanceSpec spec =
        docker
            .kit
            .spec(workload)
            .mounts(
                new Mount(Mount.Type.BIND, bound.toString(), null, "/bound", true),
                new Mount(Mount.Type.VOLUME, "data", null, "/data", false),
                new Mount(Mount.Type.FILE, "config", "secret=ü\n", "/etc/app.conf", true))
            .build();
    String volume = "gyre_testing_data";
    docker.runtime().start(spec);
    try {
      assertThat(sh(spec.id(), "cat /bound/hello")).isEqualTo("from the host");
      assertThat(sh(spec.id(), "cat /etc/app.conf")).isEqualTo("secret=ü\n");
      assertThat(sh(spec.id(), "id -u; touch /bound/x /etc/app.conf 2>&1 | wc -l"))
          .isEqualTo("1000\n2\n");
      Path file = docker.kit.stateDirectory().resolve("files/" + spec.id() + "/2");
      assertThat(file).hasContent("secret=ü");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("r--r--r--");
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(docker.kit.stateDirectory().resolve("files"))))
          .isEqualTo("rwx------");
      docker.runtime().remove(spec.id());
      assertThat(file.getParent()).doesNotExist();
      assertThat(docker.engine.ids("volume", "ls", "-q", "--filter", "name=^" + volume + "$"))
          .containsExactly(volume);
      assertThat(leftRunRecords()).isEmpty();
    } finally {
      docker.runtime().remove(spec.id());
      docker.engine.run(List.of("volume", "rm", "-f", volume));
    }
  }

  @Test
  void aMissingBindSourceIsInvalid() throws Exception {
    InstanceSpec spec =
        docker
            .kit
            .spec(docker.kit.workloads().longRunning())
            .mounts(new Mount(Mount.Type.BIND, "/no/such/source", null, "/bound", true))
            .build();
    RuntimeFailure failure = fails(spec);
    assertThat(failure.kind()).isEqualTo(Kind.INVALID);
    assertThat(failure.code()).isEqualTo("bind_source_missing");
    assertThat(failure).hasMessageContaining("/no/such/source");
    assertNothingLeft();
  }

  @Test
  void setsLimitsLabelsAndNoEnginePolicy() throws Exception {
    InstanceSpec plain =
        docker
            .kit
            .spec(docker.kit.workloads().longRunning())
            .limits(new Limits(500L, 64L << 20, 32L << 20))
            .stop("SIGUSR1", Duration.ofMillis(1))
            .build();
    InstanceSpec spec = withLabels(plain, Map.of("io.gyre.instance", "forged", "team", "a"));
    InstanceStatus status = docker.runtime().start(spec);
    String container = DockerFixture.handle(status);
    assertThat(
            docker.inspect(
                container,
                "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}"
                    + " {{.HostConfig.MemoryReservation}} {{.HostConfig.RestartPolicy.Name}}"
                    + " {{.Config.StopSignal}} {{index .Config.Labels \"team\"}}"
                    + " {{index .Config.Labels \"io.gyre.instance\"}} {{.Name}}"))
        .isEqualTo(
            "500000000 67108864 33554432  SIGUSR1 a " + spec.id() + " /testing_" + spec.id());
  }

  private static InstanceSpec withLabels(InstanceSpec s, Map<String, String> labels) {
    return new InstanceSpec(
        s.id(),
        s.namespace(),
        s.deployment(),
        s.revision(),
        s.workload(),
        s.environment(),
        s.mounts(),
        s.ports(),
        labels,
        s.limits(),
        s.hostNetwork(),
        s.stopSignal(),
        s.stopGrace(),
        s.restartPolicy(),
        s.fingerprint());
  }

  @Test
  void aNamespaceHasOneNetworkWithNamesInIt() throws Exception {
    List<InstanceSpec> specs =
        Stream.generate(() -> docker.kit.spec(docker.kit.workloads().longRunning()).build())
            .limit(4)
            .toList();
    WorkloadRuntime runtime = docker.runtime();
    List<Thread> threads =
        specs.stream()
            .map(
                spec ->
                    Thread.ofVirtual()
                        .start(
                            () -> {
                              try {
                                runtime.start(spec);
                              } catch (RuntimeFailure e) {
                                throw new AssertionError(e);
                              }
                            }))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(docker.runtime().list()).hasSize(4);
    assertThat(docker.networks()).hasSize(1);
    String id = specs.getFirst().id();
    assertThat(sh(id, "nslookup contract 2>/dev/null | grep -c '^Address.*[0-9]$'").strip())
        .matches("[4-9]");
    assertThat(sh(id, "ping -c 1 -W 2 " + specs.getLast().id() + " >/dev/null && echo reached"))
        .isEqualTo("reached\n");
    for (InstanceSpec spec : specs) {
      docker.runtime().remove(spec.id());
    }
    assertThat(docker.networks()).isEmpty();
  }

  /** The engine's own check of names isn't atomic, so two hosts may both find the name free. */
  @Test
  void twoHostsOnOneEngineMayMakeANamespaceAtTheSameTime(@TempDir Path other) throws Exception {
    String stranger = docker.kit.mark() + "-stranger";
    AtomicBoolean made = new AtomicBoolean();
    try (EngineHttp engine = engine();
        EngineProxy proxy =
            new EngineProxy(
                other.resolve("docker.sock"),
                request -> {
                  if (request.contains("/networks/create")) {
                    made.set(true);
                  } else if (request.contains("/networks?") && made.getAndSet(false)) {
                    makeNetwork(engine, "gyre_testing", stranger);
                  }
                });
        DockerFixture late =
            new DockerFixture(other, TestEngine.require(), Map.of("host", proxy.host()))) {
      WorkloadRuntime runtime = late.runtime();
      InstanceSpec spec = late.kit.spec(late.kit.workloads().longRunning()).build();
      assertThat(runtime.start(spec).state()).isEqualTo(InstanceStatus.State.RUNNING);
      assertThat(late.networks()).hasSize(1);
      assertThat(late.inspectNetwork(late.networks().getFirst()))
          .isEqualTo("gyre_testing_" + late.kit.mark());
    } finally {
      docker.engine.cleanUp(stranger);
    }
  }

  private static EngineHttp engine() throws RuntimeFailure {
    return new EngineHttp(
        EngineAddress.parse(null),
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory()),
        null);
  }

  private static void makeNetwork(EngineHttp engine, String name, String host) {
    byte[] body =
        """
        {"Name":"%s","CheckDuplicate":false,"Labels":{"io.gyre.host":"%s"}}
        """
            .formatted(name, host)
            .getBytes(StandardCharsets.UTF_8);
    try (EngineResponse response =
        engine.exchange(
            "POST",
            "/v1.41/networks/create",
            Map.of("Content-Type", "application/json"),
            body,
            null)) {
      assertThat(response.getStatusCode()).isEqualTo(201);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aNetworkThatWasRemovedIsMadeAnewForARestart() throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    InstanceStatus before = docker.runtime().start(spec);
    docker.runtime().stop(spec.id());
    docker.engine.docker("network", "rm", docker.networks().getFirst());
    InstanceStatus after = docker.runtime().start(spec);
    assertThat(after.handle()).isEqualTo(before.handle());
    assertThat(after.address()).isNotNull();
  }

  @Test
  void theHostsNetworkIsTheHosts() throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).hostNetwork().build();
    InstanceStatus status = docker.runtime().start(spec);
    assertThat(status.address()).isEqualTo("127.0.0.1");
    assertThat(docker.networks()).isEmpty();
    InstanceSpec ports =
        docker
            .kit
            .spec(docker.kit.workloads().longRunning())
            .hostNetwork()
            .ports(new PortSpec(1234, 80, "0.0.0.0", PortSpec.Protocol.TCP))
            .build();
    assertThat(fails(ports).code()).isEqualTo("ports_with_host_network");
  }

  @Test
  void aForeignContainerOfThatNameIsAConflict() throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    String name = "testing_" + spec.id();
    docker.engine.docker("create", "--name", name, TestEngine.IMAGE, "true");
    try {
      RuntimeFailure failure = fails(spec);
      assertThat(failure.kind()).isEqualTo(Kind.CONFLICT);
      assertThat(failure.code()).isEqualTo("name_in_use");
      assertThat(docker.runtime().list()).isEmpty();
    } finally {
      docker.engine.docker("rm", "-f", name);
    }
  }

  @Test
  void nothingOfACommandIsLeftWhenItEnds() throws Exception {
    InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
    docker.runtime().start(spec);
    int before = docker.kit.processes().size();
    assertThat(sh(spec.id(), "setsid sleep 86398 >/dev/null 2>&1 & echo on its way"))
        .isEqualTo("on its way\n");
    Await.until(
        () -> docker.kit.processes().size() == before, () -> docker.kit.processes().toString());
  }

  private String sh(String id, String script) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    docker
        .kit
        .ability(InstanceExec.class)
        .exec(
            id,
            List.of("sh", "-c", script),
            InputStream.nullInputStream(),
            out,
            new ByteArrayOutputStream());
    return out.toString(StandardCharsets.UTF_8);
  }

  private RuntimeFailure fails(InstanceSpec spec) throws Exception {
    var runtime = docker.runtime();
    RuntimeFailure failure = catchThrowableOfType(RuntimeFailure.class, () -> runtime.start(spec));
    assertThat(failure).isNotNull();
    return failure;
  }

  private void assertNothingLeft() throws Exception {
    assertThat(docker.containers()).isEmpty();
    assertThat(docker.runtime().list()).isEmpty();
    assertThat(leftRunRecords()).isEmpty();
    try (Stream<Path> files = Files.list(docker.kit.stateDirectory().resolve("files"))) {
      assertThat(files).isEmpty();
    }
  }

  private List<Path> leftRunRecords() throws Exception {
    try (Stream<Path> files = Files.list(docker.kit.stateDirectory().resolve("runs"))) {
      return files.toList();
    }
  }

  @Test
  void countsRestartsOfWhatExited() throws Exception {
    InstanceSpec spec =
        docker.kit.spec(docker.kit.workloads().longRunning()).restart(RestartPolicy.WORKER).build();
    InstanceStatus first = docker.runtime().start(spec);
    for (int restarts = 1; restarts <= 2; restarts++) {
      DockerFixture.kill(docker.kit.status(spec.id()));
      docker.kit.awaitState(spec.id(), InstanceStatus.State.EXITED);
      InstanceStatus again = docker.runtime().start(spec);
      assertThat(again.handle()).isEqualTo(first.handle());
      assertThat(again.restarts()).isEqualTo(restarts);
      assertThat(DockerFixture.exitCode(again)).isEqualTo(137);
    }
    docker.kit.reopen();
    assertThat(docker.kit.status(spec.id()).restarts()).isEqualTo(2);
    docker.runtime().stop(spec.id());
    assertThat(docker.runtime().start(spec).restarts()).isEqualTo(2);
  }
}
