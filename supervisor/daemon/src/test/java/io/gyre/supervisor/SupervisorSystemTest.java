package io.gyre.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.component.ComponentMain;
import io.gyre.component.ComponentMark;
import io.gyre.component.Home;
import io.gyre.component.LiveLock;
import io.gyre.model.Component;
import java.io.IOException;
import java.lang.management.ManagementFactory;
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

  /** A component that only lives; one that is named in the file {@code broken} ends at once. */
  static final class Sample {
    public static void main(String[] args) {
      Component component = Component.parse(args[0]);
      ComponentMain.run(
          component,
          context -> {
            if (Files.exists(context.home().root().resolve("broken-" + component.id()))) {
              Runtime.getRuntime().halt(42);
            }
            context.readiness().ready("");
            return () -> {};
          });
    }
  }

  /** Drives the daemon as jsvc does, and stops it when its standard input ends. */
  static final class DaemonRunner {
    public static void main(String[] args) throws Exception {
      SupervisorDaemon daemon = new SupervisorDaemon();
      daemon.init(new SampleDaemonContext());
      daemon.start();
      int ended = System.in.read();
      daemon.stop();
      daemon.destroy();
      Runtime.getRuntime().halt(ended < 0 ? 0 : 1);
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
    assertThat(log()).contains("ended with code 42; started again in 800 ms");
    assertThat(ready(Component.RUNTIME)).isTrue();
    Files.delete(home.root().resolve("broken-api"));
    awaitAllReady();
  }

  @Test
  void anOrderlyStopStopsAll() throws Exception {
    Process supervisor = startSupervisor();
    awaitAllReady();
    supervisor.destroy();
    assertThat(supervisor.waitFor(4, TimeUnit.SECONDS)).isTrue();
    assertThat(supervisor.exitValue()).isZero();
    for (Component component : SUPERVISED) {
      await(() -> !LiveLock.held(home, component), component.id() + " has ended");
    }
  }

  @Test
  void runsAsADaemonOfAnotherRunner() throws Exception {
    Process runner = start(DaemonRunner.class);
    awaitAllReady();
    runner.getOutputStream().close();
    assertThat(runner.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(runner.exitValue()).isZero();
    for (Component component : SUPERVISED) {
      await(() -> !LiveLock.held(home, component), component.id() + " has ended");
    }
  }

  private Process startSupervisor() throws IOException {
    return start(SupervisorMain.class);
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
