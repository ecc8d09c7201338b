package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceStats.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the figures come from; the contract is tested with real instances. */
final class UsagesTest {
  @TempDir Path state;
  private Path group;
  private Machine machine;
  private Usages usages;

  /** An instance whose main process is this JVM. */
  @BeforeEach
  void make() throws Exception {
    machine = Machine.inspect(Cgroups.NONE);
    group = Files.createDirectory(state.resolve("group"));
    instance("a", group, null);
    usages = new Usages(new Instances(state, machine, "host"), machine.bootId(), () -> false);
  }

  private void instance(String id, Path tracking, @Nullable Path memory) throws IOException {
    long pid = ProcessHandle.current().pid();
    long started = ProcessIdentity.of(pid).orElseThrow().startTime();
    Path directory = Files.createDirectories(state.resolve("instances").resolve(id));
    Files.writeString(
        directory.resolve("cgroup"),
        "cgroup='" + tracking + "' join=''" + (memory == null ? "" : " memory='" + memory + "'"));
    Files.createDirectories(state.resolve("journal"));
    Files.writeString(
        state.resolve("journal").resolve(id),
        "S 1 %s %d %d %d %d 1 0 0 0 - - 0 0 0 0 - .\n"
            .formatted(machine.bootId(), pid, started, pid, started));
  }

  private Usage usage(String id) throws Exception {
    List<Usage> all = usages.usage(Set.of(id));
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  private static void write(Path directory, String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void aGroupOfVersion2HasAllCounters() throws Exception {
    write(group, "cpu.stat", "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n");
    write(group, "memory.current", "10000\n");
    write(group, "memory.stat", "anon 5\nfile 4096\ninactive_file 4000\n");
    Usage usage = usage("a");
    assertThat(usage.cpuNanos()).isEqualTo(1_234_000);
    assertThat(usage.memoryBytes()).isEqualTo(6000);
    assertThat(usage.origin()).isEqualTo(Files.getAttribute(group, "unix:ino"));
    assertThat(usage.receivedBytes()).isNull();
  }

  @Test
  void withoutCountersItIsTheMembersAndTheMemoryOfItsLimit() throws Exception {
    write(group, "cgroup.procs", ProcessHandle.current().pid() + "\n");
    Path memory = Files.createDirectory(state.resolve("memory"));
    write(memory, "memory.usage_in_bytes", "9000\n");
    write(memory, "memory.stat", "inactive_file 1\ntotal_inactive_file 1000\n");
    instance("b", group, memory);
    Usage limited = usage("b");
    assertThat(limited.memoryBytes()).isEqualTo(8000);
    assertThat(limited.cpuNanos()).isPositive();
    Usage plain = usage("a");
    assertThat(plain.memoryBytes()).as("this JVM").isGreaterThan(10 << 20);
  }

  @Test
  void withoutAGroupItIsWhatDescendsFromItsMainProcess() throws Exception {
    instance("c", state.resolve("gone"), null);
    Usage usage = usage("c");
    assertThat(usage.cpuNanos()).isPositive();
    assertThat(usage.memoryBytes()).isGreaterThan(10 << 20);
  }

  @Test
  void whatRanBeforeTheBootOrHasAnotherStartIsNotIt() throws Exception {
    Path journal = state.resolve("journal/a");
    String line = Files.readString(journal);
    write(group, "cgroup.procs", ProcessHandle.current().pid() + "\n");
    Files.writeString(journal, line.replace(machine.bootId(), "other-boot"));
    assertThat(usages.usage(Set.of("a"))).isEmpty();
    long started = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow().startTime();
    Files.writeString(journal, line.replace(" " + started + " 1 0", " " + (started + 1) + " 1 0"));
    assertThat(usages.usage(Set.of("a"))).isEmpty();
  }

  @Test
  void theNameOfAProcessMayHoldAnything() {
    String stat =
        "42 (a) R 1 (b) S 7 42 40 0 -1 4194304 1 0 0 0 11 22 33 44 20 0 1 0 9999 12345 678 0\n";
    ProcessFigures figures = ProcessFigures.parse(42, stat).orElseThrow();
    assertThat(figures)
        .isEqualTo(new ProcessFigures(42, false, 7, 40, 9999, 11 + 22 + 33 + 44, 678));
    assertThat(ProcessFigures.parse(42, "42 (a")).isEmpty();
    assertThat(ProcessFigures.parse(42, "42 (a) Z 7")).isEmpty();
  }
}
