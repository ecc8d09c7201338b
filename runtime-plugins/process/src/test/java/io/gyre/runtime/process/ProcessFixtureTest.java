package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.RuntimeFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of the plugin's own promises share. */
abstract class ProcessFixtureTest {
  /** The boot that the plugin believes to be in; null: the real one. */
  final AtomicReference<@Nullable String> boot = new AtomicReference<>();

  @TempDir Path directory;
  RuntimeFixture fixture;

  Supplier<Cgroups> cgroups() {
    return Cgroups::probe;
  }

  Map<String, String> settings() {
    return Map.of();
  }

  @BeforeEach
  void openFixture() throws IOException {
    Path state = InstanceDirectory.makePrivate(directory.resolve("state"));
    fixture =
        RuntimeFixture.on(
            state,
            () ->
                new ProcessRuntimePlugin(cgroups(), this::inBoot, new LogFiles.Bounds(4096, 8192)),
            new HostWorkloads(),
            settings());
  }

  private Machine inBoot(Machine machine) {
    String id = boot.get();
    return id == null ? machine : machine.withBootId(id);
  }

  @AfterEach
  void closeFixture() throws RuntimeFailure {
    fixture.close();
  }

  InstanceDirectory files(String id) {
    return new InstanceDirectory(fixture.stateDirectory().resolve("instances").resolve(id));
  }

  Path journal(String id) {
    return fixture.stateDirectory().resolve("journal").resolve(id);
  }

  static Workload sh(String script) {
    return new Workload.HostProcess(List.of("sh", "-c", script), null, null);
  }

  /** A main process without children. */
  static Workload sleeping() {
    return new Workload.HostProcess(List.of("sleep", "86400"), null, null);
  }

  ProcessIdentity keeper(String id) throws IOException {
    return Keepers.holder(files(id)).orElseThrow().keeper();
  }

  /** SIGKILL to the keeper; returns once it is dead. */
  void killKeeper(String id) throws IOException {
    ProcessIdentity keeper = keeper(id);
    keeper.kill();
    Await.until(() -> !keeper.alive(), () -> "the keeper's death");
  }

  static ProcessIdentity main(InstanceStatus status) {
    Long pid = status.pid();
    return Optional.ofNullable(pid)
        .flatMap(ProcessIdentity::of)
        .orElseThrow(() -> new AssertionError("no live main process in " + status));
  }

  /** Processes with the command line of a keeper of this instance. */
  static long keeperCount(String id) {
    return ProcessHandle.allProcesses()
        .filter(handle -> handle.info().commandLine().orElse("").contains("instances/" + id + " "))
        .count();
  }
}
