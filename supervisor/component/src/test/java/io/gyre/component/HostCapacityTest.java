package io.gyre.component;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Demand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostCapacityTest {
  private static final long GI = 1L << 30;

  @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), text);
  }

  private void machine(String cores) throws IOException {
    file("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:         1 kB\n");
    file("sys/devices/system/cpu/online", cores + "\n");
  }

  @Test
  void readsTheMachine() throws IOException {
    machine("0-3");
    assertThat(HostCapacity.machine(root)).isEqualTo(new Demand(8 * GI, 4000));
    machine("0,2-3,8");
    assertThat(HostCapacity.machine(root).cpuMillis()).isEqualTo(4000);
    machine("0");
    assertThat(HostCapacity.machine(root).cpuMillis()).isEqualTo(1000);
  }

  @Test
  void aContainerAroundItIsItsMachine() throws IOException {
    machine("0-3");
    file("sys/fs/cgroup/memory.max", "2147483648\n");
    file("sys/fs/cgroup/cpu.max", "150000 100000\n");
    assertThat(HostCapacity.machine(root)).isEqualTo(new Demand(2 * GI, 1500));
    file("sys/fs/cgroup/memory.max", "max\n");
    file("sys/fs/cgroup/cpu.max", "max 100000\n");
    assertThat(HostCapacity.machine(root)).isEqualTo(new Demand(8 * GI, 4000));
  }

  @Test
  void anOlderCgroupToo() throws IOException {
    machine("0-3");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
    assertThat(HostCapacity.machine(root).memoryBytes()).isEqualTo(GI);
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(HostCapacity.machine(root).memoryBytes()).isEqualTo(8 * GI);
  }

  @Test
  void whatIsNotKnownIsWithoutABound() {
    assertThat(HostCapacity.machine(root).memoryBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(HostCapacity.of(Demand.UNLIMITED, GyreConfig.Admission.DEFAULT).allocatable())
        .isEqualTo(Demand.UNLIMITED);
  }

  @Test
  void leavesAReserveAndLetsCpuBeAskedForMoreThanOnce() {
    Demand machine = new Demand(8 * GI, 2000);
    assertThat(HostCapacity.of(machine, GyreConfig.Admission.DEFAULT).allocatable())
        .isEqualTo(new Demand(8 * GI - (256L << 20) - GI / 2, 8000));
    assertThat(HostCapacity.of(machine, new GyreConfig.Admission(-1, GI, 3000, 4)).allocatable())
        .isEqualTo(new Demand(7 * GI, 3000));
    assertThat(HostCapacity.of(machine, new GyreConfig.Admission(16 * GI, GI, -1, 1)).allocatable())
        .as("an amount that is said counts as it is")
        .isEqualTo(new Demand(16 * GI, 2000));
    assertThat(
            HostCapacity.of(new Demand(GI / 8, 1000), GyreConfig.Admission.DEFAULT)
                .allocatable()
                .memoryBytes())
        .isZero();
  }
}
