package io.gyre.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The machine that the other tests rely on. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class MachineSystemTest {
  @Test
  void isAMachineOfItsOwnWhoseDiskOutlivesAReboot() throws Exception {
    try (Machine machine = Machine.boot()) {
      assertThat(machine.run("cat", "/proc/1/comm").text()).isEqualTo("systemd");
      assertThat(machine.run("systemctl", "--failed", "--no-legend", "--plain").text()).isEmpty();
      machine.sh("echo kept >/etc/kept; echo gone >/run/gone").ok();
      assertThat(Files.exists(java.nio.file.Path.of("/etc/kept"))).isFalse();
      machine.sh("systemd-run --socket-property=ListenStream=127.0.0.1:7070 --unit=echo true").ok();
      try (Socket _ = machine.inNetwork(() -> new Socket(InetAddress.getLoopbackAddress(), 7070))) {
        machine.reboot();
      }
      assertThat(Files.readString(machine.file("etc/kept"))).isEqualTo("kept\n");
      assertThat(machine.file("run/gone")).doesNotExist();
      machine.powerCut();
      assertThat(machine.run("cat", "/etc/kept").text()).isEqualTo("kept");
    }
  }
}
