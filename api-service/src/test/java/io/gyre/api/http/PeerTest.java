package io.gyre.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PeerTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "::ffff:10.0.0.1, 10.0.0.1",
    "0:0:0:0:0:ffff:a00:1, 10.0.0.1",
    "2001:db8::1, 2001:db8:0:0",
    "2001:db8:0:0:ffff:ffff:ffff:ffff, 2001:db8:0:0",
    "2001:db8:0:1::1, 2001:db8:0:1",
    "2001:db8:0:7:1:2:3:4, 2001:db8:0:7",
    "64:ff9b::a00:1, 64:ff9b:0:0",
    "fe80::1, fe80:0:0:0"
  })
  void anAddressCountsAsItsNetwork(String address, String network) {
    assertThat(Peer.network(InetAddress.ofLiteral(address))).isEqualTo(network);
    assertThat(Peer.network(address)).isEqualTo(network);
  }

  @ParameterizedTest
  @CsvSource({"local", "nonsense:x", "1:2:3:4:5:6:7:8:9", "fe80:0:0:0:1:2:3:4%nowhere"})
  void whatIsNoAddressStandsForItself(String text) {
    assertThat(Peer.network(text)).isEqualTo(text);
  }
}
