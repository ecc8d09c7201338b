package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.RuntimeFailure;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PortsTest {
  @TempDir Path directory;

  @Test
  void givesEachOnceAndThenNoMore() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
      Ports busy = ports(free, free);
      assertThatThrownBy(() -> busy.take("a")).extracting("code").isEqualTo("ports_exhausted");
    }
    Ports ports = ports(free, free);
    assertThat(ports.take("a")).isEqualTo(free);
    assertThatThrownBy(() -> ports.take("b"))
        .isInstanceOf(RuntimeFailure.class)
        .extracting("kind")
        .isEqualTo(RuntimeFailure.Kind.EXHAUSTED);
    assertThatThrownBy(() -> ports(free, free).take("b")).hasMessageContaining("in use");
    ports.release(free, "b");
    assertThatThrownBy(() -> ports.take("b")).hasMessageContaining("in use");
    ports.release(free, "a");
    assertThat(ports.take("b")).isEqualTo(free);
  }

  @Test
  void takesBackWhatNobodyHas() throws Exception {
    Ports ports = ports(30_000, 39_999);
    int kept = ports.take("kept");
    int young = ports.take("young");
    int old = ports.take("old");
    for (int port : new int[] {kept, old}) {
      Files.setLastModifiedTime(
          directory.resolve(Integer.toString(port)),
          FileTime.from(Instant.now().minusSeconds(600)));
    }
    ports.releaseAllBut(Set.of("kept"));
    assertThat(directory.resolve(Integer.toString(kept))).exists();
    assertThat(directory.resolve(Integer.toString(young))).exists();
    assertThat(directory.resolve(Integer.toString(old))).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "10", "5-", "9-5", "0-5", "1-70000", "1-2-3"})
  void refusesOtherRanges(String range) {
    assertThatThrownBy(() -> Ports.of(directory, range))
        .isInstanceOf(RuntimeFailure.class)
        .extracting("code")
        .isEqualTo("port_range_invalid");
  }

  private Ports ports(int first, int last) throws RuntimeFailure {
    return Ports.of(directory, first + "-" + last);
  }
}
