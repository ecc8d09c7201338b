package io.gyre.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.component.ComponentContext;
import io.gyre.component.ComponentMain;
import io.gyre.component.ComponentMark;
import io.gyre.component.Home;
import io.gyre.component.InheritedListener;
import io.gyre.component.ListenerOffer;
import io.gyre.component.LiveLock;
import io.gyre.model.Component;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.commons.daemon.DaemonContext;
import org.apache.commons.daemon.DaemonController;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor in a process of its own, with components that do nothing but live. */
final class SupervisorSystemTest {
  private static final List<Component> SUPERVISED =
      List.of(Component.API, Component.RECONCILER, Component.RUNTIME);

  @TempDir Path directory;
  private final List<Process> supervisors = new ArrayList<>();
  private Home home;
  private Path launcher;

  /**
   * A component that only lives, and as API tells who connects its pid; one that is named in the
   * file {@code broken} ends at once.
   */
  static final class Sample {
    public static void main(String[] args) {
      Component component = Component.parse(args[0]);
      ComponentMain.run(
          component,
          context -> {
            if (Files.exists(context.home().root().resolve("broken-" + component.id()))) {
              System.err.println("broken as asked");
              Runtime.getRuntime().halt(42);
            }
            AutoCloseable serving = component == Component.API ? serve(context) : () -> {};
            context.readiness().ready("");
            return serving;
          });
    }

    private static AutoCloseable serve(ComponentContext context) throws IOException {
      ServerSocketChannel listener = InheritedListener.take(System.getenv()).orElseThrow();
      var _ = ListenerOffer.open(context.home(), listener, context.config().api());
      Files.writeString(
          context.home().root().resolve("port"),
          Integer.toString(((InetSocketAddress) listener.getLocalAddress()).getPort()));
      Thread answers =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    while (true) {
                      try (SocketChannel client = listener.accept()) {
                        client.write(
                            ByteBuffer.wrap(
                                Long.toString(ProcessHandle.current().pid())
                                    .getBytes(StandardCharsets.US_ASCII)));
                      } catch (IOException e) {
                        return;
                      }
                    }
                  });
      return () -> {
        listener.close();
        answers.join();
      };
    }
  }

  /** Drives the daemon as jsvc does, and stops it when the file {@code stop} appears. */
  static final class DaemonRunner {
    public static void main(String[] args) throws Exception {
      SupervisorDaemon daemon = new SupervisorDaemon();
      daemon.init(new SampleDaemonContext());
      daemon.start();
      while (!Files.exists(Path.of(System.getenv("GYRE_HOME"), "stop"))) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      daemon.stop();
      daemon.destroy();
      Runtime.getRuntime().halt(0);
    }
  }

  private static final class SampleDaemonContext implements DaemonContext {
    @Override
    public @Nullable DaemonController getController() {
      return null;
    }

    @Override
    public String[] getArguments() {
      return new String[0];
    }
  }

  @BeforeEach
  void makeLauncher() throws IOException {
    home = new Home(directory.resolve("home"));
    home.create();
    Files.writeString(home.configFile(), "api: { port: 0 }\n");
    launcher = directory.resolve("launcher");
    Files.writeString(
        launcher,
        "#!/bin/sh\nexec %s '%s' \"$2\"\n"
            .formatted(String.join(" ", java()), Sample.class.getName()));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  @AfterEach
  void killAll() {
    supervisors.forEach(Process::destroyForcibly);
    for (Component component : SUPERVISED) {
      if (LiveLock.held(home, component)) {
        ProcessHandle.of(pid(component)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  @Test
  void startsAllAndRestartsEachAlone() throws Exception {
    startSupervisor();
    Map<Component, Long> before = awaitAllReady();
    kill(Component.RECONCILER);
    await(
        () -> ready(Component.RECONCILER) && !before.containsValue(pid(Component.RECONCILER)),
        "the reconciler is back");
    assertThat(pid(Component.API)).isEqualTo(before.get(Component.API));
    assertThat(pid(Component.RUNTIME)).isEqualTo(before.get(Component.RUNTIME));
  }

  @Test
  void aKilledSupervisorIsReplacedWithoutAnybodyNoticing() throws Exception {
    Process first = startSupervisor();
    Map<Component, Long> before = awaitAllReady();
    first.destroyForcibly().waitFor();
    for (Component component : SUPERVISED) {
      assertThat(LiveLock.held(home, component)).as(component.id() + " goes on").isTrue();
    }
    startSupervisor();
    await(() -> log().contains("api: adopted"), "the api is adopted");
    assertThat(awaitAllReady()).isEqualTo(before);
    kill(Component.API);
    await(
        () -> ready(Component.API) && !before.containsValue(pid(Component.API)),
        "an adopted component is restarted as well");
  }

  @Test
  void oneThatKeepsEndingIsBackedOffAndTheOthersGoOn() throws Exception {
    Files.createFile(home.root().resolve("broken-api"));
    startSupervisor();
    await(() -> log().contains("(early end 3 in a row)"), "the third early end is told");
    assertThat(log()).contains("ended with code 42: broken as asked; started again in 800 ms");
    assertThat(ready(Component.RUNTIME)).isTrue();
    Files.delete(home.root().resolve("broken-api"));
    awaitAllReady();
  }

  @Test
  void aRestartSwapsTheProcessAndOneThatCantStartChangesNothing() throws Exception {
    Process first = startSupervisor();
    Map<Component, Long> before = awaitAllReady();
    assertThat(restart("api")).contains("\"result\":\"ok\"");
    assertThat(ready(Component.API)).isTrue();
    assertThat(pid(Component.API)).isNotEqualTo(before.get(Component.API));
    assertThat(pid(Component.RUNTIME)).isEqualTo(before.get(Component.RUNTIME));

    Files.writeString(home.configFile(), "nonsense: 1\n");
    Files.deleteIfExists(home.lastGoodConfigFile());
    long old = pid(Component.API);
    assertThat(restart("api"))
        .contains("\"result\":\"failed\"", "the old one goes on", "nonsense: unknown key");
    assertThat(pid(Component.API)).isEqualTo(old);
    assertThat(ready(Component.API)).isTrue();

    Files.writeString(home.configFile(), "api: { port: 0 }\n");
    first.destroyForcibly().waitFor();
    Process second = startSupervisor();
    await(() -> log().contains("api: adopted"), "the api is adopted");
    assertThat(restart("api")).contains("\"result\":\"ok\"");
    assertThat(pid(Component.API)).isNotEqualTo(old);
    assertThat(restart("reconciler")).contains("\"result\":\"ok\"");
    assertThat(log()).doesNotContain("early end");
    assertThat(ask("{\"do\":\"list\"}").lines()).hasSize(4);
    assertThat(ask("{\"do\":\"dance\"}")).contains("can't do");
    second.destroy();
    assertThat(second.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isZero();
    for (Component component : SUPERVISED) {
      await(() -> !LiveLock.held(home, component), component.id() + " has ended");
    }
  }

  @Test
  void aRestartStartsOneThatBacksOffAtOnce() throws Exception {
    Files.createFile(home.root().resolve("broken-api"));
    startSupervisor();
    await(() -> log().contains("(early end 4 in a row)"), "it is backed off");
    assertThat(ask("{\"do\":\"list\"}")).contains("code 42: broken as asked");
    Files.delete(home.root().resolve("broken-api"));
    assertThat(restart("api")).contains("\"result\":\"ok\"");
    assertThat(ready(Component.API)).isTrue();
  }

  @Test
  void whoConnectsIsNeverRefusedAndAnsweredByWhoeverComes() throws Exception {
    Process first = startSupervisor();
    awaitAllReady();
    int port = Integer.parseInt(Files.readString(home.root().resolve("port")));
    long old = pid(Component.API);
    assertThat(whoAnswers(port)).isEqualTo(old);
    killAndAwaitEnd(Component.API);
    assertThat(whoAnswers(port)).isNotEqualTo(old).isNotZero();
    await(() -> ready(Component.API), "the api is back");
    first.destroyForcibly().waitFor();
    startSupervisor();
    await(() -> log().contains("took over the API's listening socket"), "it has the socket");
    long adopted = pid(Component.API);
    killAndAwaitEnd(Component.API);
    assertThat(whoAnswers(port)).isNotEqualTo(adopted).isNotZero();
    await(() -> ready(Component.API), "the api is back");
    assertThat(restart("api")).contains("\"result\":\"ok\"");
    assertThat(whoAnswers(port)).isEqualTo(pid(Component.API));
    // Another address means another socket, once the API is restarted.
    Files.writeString(home.configFile(), "api: { port: 0, address: 127.0.0.2 }\n");
    hangUp(pid(Component.SUPERVISOR));
    await(() -> restartQuietly() && port != currentPort(), "the api listens elsewhere");
  }

  private boolean restartQuietly() {
    try {
      return restart("api").contains("\"result\":\"ok\"");
    } catch (IOException e) {
      return false;
    }
  }

  private int currentPort() {
    try {
      return Integer.parseInt(Files.readString(home.root().resolve("port")));
    } catch (IOException e) {
      return 0;
    }
  }

  private static void hangUp(long pid) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(pid)).start().waitFor()).isZero();
  }

  private static long whoAnswers(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 20_000);
      socket.setSoTimeout(20_000);
      return Long.parseLong(
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }
  }

  private String restart(String component) throws IOException {
    return ask("{\"do\":\"restart\",\"component\":\"" + component + "\"}");
  }

  private String ask(String request) throws IOException {
    try (SocketChannel socket =
        SocketChannel.open(UnixDomainSocketAddress.of(home.sockets().resolve("supervisor.sock")))) {
      socket.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
      return new String(Channels.newInputStream(socket).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aStopAlsoEndsWhatHasOnlyJustBeenStarted() throws Exception {
    // So slow that it has no lock yet when all is stopped.
    Path pids = directory.resolve("pids");
    Files.writeString(launcher, "#!/bin/sh\necho $$ >>%s\nexec sleep 1000\n".formatted(pids));
    Process supervisor = startSupervisor();
    await(() -> started(pids).size() == 3, "all are started");
    supervisor.destroy();
    assertThat(supervisor.waitFor(20, TimeUnit.SECONDS)).isTrue();
    for (long pid : started(pids)) {
      await(() -> !Files.exists(Path.of("/proc/" + pid + "/exe")), "pid " + pid + " is gone");
    }
    assertThat(started(pids)).hasSize(3);
  }

  private static List<Long> started(Path pids) {
    try {
      return Files.readAllLines(pids).stream().map(Long::valueOf).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  @Test
  void anOrderlyStopStopsAll() throws Exception {
    Process supervisor = startSupervisor();
    awaitAllReady();
    supervisor.destroy();
    assertThat(supervisor.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(supervisor.exitValue()).isZero();
    for (Component component : SUPERVISED) {
      await(() -> !LiveLock.held(home, component), component.id() + " has ended");
    }
  }

  @Test
  void runsAsADaemonOfAnotherRunner() throws Exception {
    Process runner = start(DaemonRunner.class);
    awaitAllReady();
    Files.createFile(home.root().resolve("stop"));
    assertThat(runner.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(runner.exitValue()).isZero();
    for (Component component : SUPERVISED) {
      await(() -> !LiveLock.held(home, component), component.id() + " has ended");
    }
  }

  /** Returns once it answers. */
  private Process startSupervisor() throws IOException, InterruptedException {
    Process started = start(SupervisorMain.class);
    await(
        () -> pid(Component.SUPERVISOR) == started.pid() && ready(Component.SUPERVISOR),
        "the supervisor is ready");
    return started;
  }

  private Process start(Class<?> main) throws IOException {
    List<String> command = new ArrayList<>(java());
    command.add(main.getName());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("GYRE_HOME", home.root().toString());
    builder.environment().put("GYRE_LAUNCHER", launcher.toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(directory.resolve("supervisor.out").toFile());
    Process process = builder.start();
    supervisors.add(process);
    return process;
  }

  private static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> !a.startsWith("-javaagent") && !a.startsWith("-D"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return command;
  }

  private Map<Component, Long> awaitAllReady() throws InterruptedException {
    await(() -> SUPERVISED.stream().allMatch(this::ready), "all components are ready");
    Map<Component, Long> pids = new EnumMap<>(Component.class);
    SUPERVISED.forEach(component -> pids.put(component, pid(component)));
    return pids;
  }

  private boolean ready(Component component) {
    return LiveLock.held(home, component)
        && ComponentMark.read(home, component).filter(m -> m.state().equals("ready")).isPresent();
  }

  private void killAndAwaitEnd(Component component) throws InterruptedException {
    ProcessHandle process = ProcessHandle.of(pid(component)).orElseThrow();
    process.destroyForcibly();
    await(() -> !process.isAlive(), component.id() + " is gone");
  }

  private void kill(Component component) {
    ProcessHandle.of(pid(component)).orElseThrow().destroyForcibly();
  }

  private long pid(Component component) {
    return ComponentMark.read(home, component).map(ComponentMark::pid).orElse(0L);
  }

  private String log() {
    try {
      return Files.readString(home.logFile(Component.SUPERVISOR));
    } catch (IOException e) {
      return "";
    }
  }

  private void await(BooleanSupplier condition, String what) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("waited too long until " + what + "\n" + log())
          .isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
