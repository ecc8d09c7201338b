package io.gyre.runtime.host.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.spi.PortSpec;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** With sockets of this very process. */
final class HostPortsTest {
  private final GyreException failure =
      new GyreException(ErrorKind.RUNTIME, "engine.failed", "something with endpoints", null);

  private final HostPorts ports = new HostPorts(Path.of("/proc"));

  private static PortSpec port(int published, String address, PortSpec.Protocol protocol) {
    return new PortSpec(published, 80, address, protocol);
  }

  @Test
  void namesTheProgramThatHasThePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int taken = socket.getLocalPort();
      for (String address : List.of("0.0.0.0", "127.0.0.1")) {
        GyreException told =
            ports.explain(List.of(port(taken, address, PortSpec.Protocol.TCP)), failure);
        assertThat(told.code()).isEqualTo("port.taken");
        assertThat(told.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(told)
            .hasMessageMatching(
                "port "
                    + taken
                    + "/tcp of the host is taken by .+ \\(pid "
                    + ProcessHandle.current().pid()
                    + "\\)");
      }
      assertThat(ports.explain(List.of(port(taken, "127.0.0.2", PortSpec.Protocol.TCP)), failure))
          .as("another address")
          .isSameAs(failure);
      assertThat(ports.explain(List.of(port(taken, "0.0.0.0", PortSpec.Protocol.UDP)), failure))
          .as("another protocol")
          .isSameAs(failure);
    }
  }

  @Test
  void udpToo() throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0)) {
      assertThat(
              ports.explain(
                  List.of(port(socket.getLocalPort(), "127.0.0.1", PortSpec.Protocol.UDP)),
                  failure))
          .hasMessageContaining("/udp of the host is taken by");
    }
  }

  @Test
  void aFailureThatSaysWhatIsWrongIsLeftAlone() throws Exception {
    GyreException noImage =
        new GyreException(ErrorKind.NOT_FOUND, "image_not_found", "no such image", null);
    try (ServerSocket socket = new ServerSocket(0)) {
      PortSpec taken = port(socket.getLocalPort(), "0.0.0.0", PortSpec.Protocol.TCP);
      assertThat(ports.explain(List.of(taken), noImage)).isSameAs(noImage);
      assertThat(ports.explain(List.of(), failure)).isSameAs(failure);
      assertThat(ports.explain(List.of(taken), failure)).isNotSameAs(failure);
    }
  }

  @Test
  void whereNothingCanBeReadTheFailureStays() {
    assertThat(
            new HostPorts(Path.of("/nowhere"))
                .explain(List.of(port(80, "0.0.0.0", PortSpec.Protocol.TCP)), failure))
        .isSameAs(failure);
  }
}
