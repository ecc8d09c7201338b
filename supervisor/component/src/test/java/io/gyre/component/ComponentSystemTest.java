package io.gyre.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.Component;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A component in a process of its own. */
final class ComponentSystemTest {
  @TempDir Path directory;
  private final List<Process> processes = new ArrayList<>();

  /** The smallest component: ready at once; on request it takes forever to close. */
  static final class Sample {
    public static void main(String[] args) {
      ComponentMain.run(
          Component.API,
          context -> {
            context.readiness().waiting("nothing in particular");
            context.readiness().ready("http://here");
            return () -> {
              if (System.getenv("HANG") != null) {
                Thread.sleep(60_000);
              }
            };
          });
    }
  }

  @AfterEach
  void killAll() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void becomesReadyAndEndsInOrderOnSigterm() throws Exception {
    Process process = start(List.of());
    awaitState("ready");
    ComponentMark mark = ComponentMark.read(home(), Component.API).orElseThrow();
    assertThat(mark.pid()).isEqualTo(process.pid());
    assertThat(mark.address()).isEqualTo("http://here");
    assertThat(LiveLock.held(home(), Component.API)).isTrue();
    long asked = System.nanoTime();
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(2));
    assertThat(process.exitValue()).isZero();
    assertThat(LiveLock.held(home(), Component.API)).isFalse();
    assertThat(Files.readString(home().logFile(Component.API)))
        .contains("starting: pid")
        .contains("waiting for nothing in particular")
        .contains("ready at http://here")
        .contains("api stopped");
  }

  @Test
  void endsAllTheSameWhenClosingHangs() throws Exception {
    Process process = start(List.of("HANG"));
    awaitState("ready");
    process.destroy();
    assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aSecondOneIsKeptOutAndSaysWhoIsThere() throws Exception {
    Process first = start(List.of());
    awaitState("ready");
    Process second = start(List.of());
    assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(5);
    assertThat(output(second))
        .contains("api already runs on " + home().root() + " (pid " + first.pid() + ", ready)");
    assertThat(first.isAlive()).isTrue();
  }

  @Test
  void theLockGoesWithAKilledProcess() throws Exception {
    Process first = start(List.of());
    awaitState("ready");
    first.destroyForcibly().waitFor();
    LiveLock.awaitFree(home(), Component.API);
    Process second = start(List.of());
    await(() -> markPid() == second.pid() && state().equals("ready"), "the second one is ready");
  }

  @Test
  void oneThatStandsByTakesOverWhenTheOtherEnds() throws Exception {
    Process first = start(List.of());
    awaitState("ready");
    Process second = start(List.of(), "GYRE_STANDBY", "1");
    Path standby = home().standbyFile(Component.API);
    await(() -> read(standby).equals(Long.toString(second.pid())), "the second one stands by");
    assertThat(markPid()).isEqualTo(first.pid());
    assertThat(LiveLock.held(home(), Component.API)).isTrue();
    first.destroyForcibly();
    await(() -> markPid() == second.pid() && state().equals("ready"), "the second one is ready");
    assertThat(standby).doesNotExist();
    assertThat(second.isAlive()).isTrue();
    Process third = start(List.of(), "GYRE_STANDBY", "1");
    await(() -> read(standby).equals(Long.toString(third.pid())), "the third one stands by");
    third.destroy();
    assertThat(third.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(markPid()).isEqualTo(second.pid());
  }

  @Test
  void aDescriptorIsHandedOverASocket() throws Exception {
    home().create();
    GyreConfig.Api config = GyreConfig.parse("", "api: { address: 127.0.0.1, port: 0 }").api();
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (ListenerOffer offer = ListenerOffer.open(home(), listener, config)) {
        assertThat(offer).isNotNull();
        for (int i = 0; i < 3; i++) {
          ListenerOffer.Offered offered = ListenerOffer.fetch(home());
          assertThat(offered.address()).isEqualTo("127.0.0.1");
          assertThat(offered.port()).isZero();
          Path ours = Path.of("/proc/self/fd/" + Descriptors.of(listener));
          Path theirs = Path.of("/proc/self/fd/" + offered.descriptor());
          assertThat(Files.readSymbolicLink(theirs)).isEqualTo(Files.readSymbolicLink(ours));
          Descriptors.close(offered.descriptor());
          assertThat(Files.exists(theirs, LinkOption.NOFOLLOW_LINKS)).isFalse();
        }
      }
    }
    assertThatThrownBy(() -> ListenerOffer.fetch(home())).isInstanceOf(IOException.class);
  }

  @Test
  void aBadConfigurationIsRefusedWithAllItsProblems() throws Exception {
    home().create();
    Files.writeString(home().configFile(), "api: { port: x }\nfoo: 1\n");
    Process process = start(List.of());
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(output(process))
        .contains("2 problems")
        .contains("api.port")
        .contains("foo: unknown key");
  }

  @Test
  void systemdIsToldOfReadinessAndOfTheEnd() throws Exception {
    home().create();
    Path socket = directory.resolve("notify.sock");
    Path told = directory.resolve("told");
    Process listener =
        new ProcessBuilder(
                "python3",
                "-c",
                """
                import socket,sys
                s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)
                s.bind(sys.argv[1])
                f=open(sys.argv[2],'a',buffering=1)
                while True: f.write(s.recv(4096).decode()+'\\n')
                """,
                socket.toString(),
                told.toString())
            .start();
    processes.add(listener);
    await(() -> Files.exists(socket), "the listener listens");
    Process process = start(List.of(), "NOTIFY_SOCKET", socket.toString());
    await(() -> read(told).contains("READY=1"), "systemd is told READY=1");
    assertThat(read(told)).contains("STATUS=waiting for nothing in particular");
    process.destroy();
    await(() -> read(told).contains("STOPPING=1"), "systemd is told STOPPING=1");
  }

  private Home home() {
    return new Home(directory.resolve("home"));
  }

  private Process start(List<String> flags, String... environment) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> !a.startsWith("-javaagent") && !a.startsWith("-D"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Sample.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("GYRE_HOME", home().root().toString());
    flags.forEach(flag -> builder.environment().put(flag, "1"));
    for (int i = 0; i < environment.length; i += 2) {
      builder.environment().put(environment[i], environment[i + 1]);
    }
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private void awaitState(String state) throws InterruptedException {
    await(() -> state().equals(state), "the component is " + state);
  }

  private String state() {
    return ComponentMark.read(home(), Component.API).map(ComponentMark::state).orElse("");
  }

  private long markPid() {
    return ComponentMark.read(home(), Component.API).map(ComponentMark::pid).orElse(0L);
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long until " + what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
