package io.gyre.api.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.component.Cidr;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TargetsTest {
  private static boolean refused(String address, String... allowed) {
    return Targets.refusal(
            InetAddress.ofLiteral(address), List.of(allowed).stream().map(Cidr::of).toList())
        .isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.168.1.1",
        "198.19.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2001:db8::1",
        "2001:0:1234::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1"
      })
  void whatIsNotPublicIsRefused(String address) {
    assertThat(refused(address)).isTrue();
    assertThat(refused(address, "0.0.0.0/0", "::/0")).as("unless it is allowed").isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2002:101:101::1",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1"
      })
  void whatIsPublicMayBeCalled(String address) {
    assertThat(refused(address)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.0/16", "10.1.2.3", "10.1.2.0/25"})
  void whatIsAllowedIsNoMoreThanThat(String range) {
    assertThat(refused("10.1.2.3", range)).isFalse();
    assertThat(refused("10.2.2.3", range)).isTrue();
    assertThat(refused("64:ff9b::a01:203", range)).as("nor by a detour").isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0/8",
        "::/129",
        "/8",
        "1.2.3.4/x"
      })
  void whatIsNoRangeIsNone(String text) {
    assertThat(Cidr.parse(text)).isEmpty();
  }
}
