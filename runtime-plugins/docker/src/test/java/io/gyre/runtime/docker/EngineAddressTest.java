package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.RuntimeFailure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EngineAddressTest {
  @Test
  void takesWhatDockerHostMayBe() throws Exception {
    assertThat(EngineAddress.parse(null).socket())
        .isEqualTo(UnixDomainSocketAddress.of("/var/run/docker.sock"));
    assertThat(EngineAddress.parse("unix:///run/x.sock").socket())
        .isEqualTo(UnixDomainSocketAddress.of("/run/x.sock"));
    assertThat(EngineAddress.parse("/run/x.sock").local()).isTrue();
    EngineAddress tcp = EngineAddress.parse("tcp://127.0.0.1");
    assertThat(tcp.socket())
        .isEqualTo(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 2375));
    assertThat(tcp.local()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://x:2376", "tcp://", "tcp://a b", "unix://relative", "nonsense"})
  void refusesTheRest(String text) {
    assertThatThrownBy(() -> EngineAddress.parse(text))
        .isInstanceOfSatisfying(
            RuntimeFailure.class, e -> assertThat(e.kind()).isEqualTo(RuntimeFailure.Kind.INVALID))
        .hasMessageContaining(text);
  }

  @Test
  void speaksTheNewestVersionOfBoth() throws RuntimeFailure {
    assertThat(Engine.negotiated("1.41", "1.12")).isEqualTo("1.41");
    assertThat(Engine.negotiated("1.52", "1.24")).isEqualTo("1.44");
    assertThat(Engine.negotiated("1.60", "1.48")).isEqualTo("1.48");
    assertThatThrownBy(() -> Engine.negotiated("", "")).isInstanceOf(RuntimeFailure.class);
  }
}
