package io.gyre.api.webhook;

import io.gyre.component.Cidr;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses webhooks may call: public ones, and those that the configuration allows. So
 * nobody who may make a webhook reaches what only this host or its network reaches. Pure.
 */
final class Targets {
  private record Range(Cidr range, String what) {
    static Range of(String cidr, String what) {
      return new Range(Cidr.of(cidr), what);
    }
  }

  private static final List<Range> REFUSED =
      List.of(
          Range.of("0.0.0.0/8", "an unspecified address"),
          Range.of("10.0.0.0/8", "a private address"),
          Range.of("100.64.0.0/10", "a private address"),
          Range.of("127.0.0.0/8", "a loopback address"),
          Range.of("169.254.0.0/16", "a link-local address"),
          Range.of("172.16.0.0/12", "a private address"),
          Range.of("192.0.0.0/24", "a reserved address"),
          Range.of("192.0.2.0/24", "a reserved address"),
          Range.of("192.88.99.0/24", "a reserved address"),
          Range.of("192.168.0.0/16", "a private address"),
          Range.of("198.18.0.0/15", "a private address"),
          Range.of("198.51.100.0/24", "a reserved address"),
          Range.of("203.0.113.0/24", "a reserved address"),
          Range.of("224.0.0.0/4", "a multicast address"),
          Range.of("240.0.0.0/4", "a reserved address"),
          Range.of("::/128", "an unspecified address"),
          Range.of("::1/128", "a loopback address"),
          Range.of("fe80::/10", "a link-local address"),
          Range.of("fec0::/10", "a private address"),
          Range.of("fc00::/7", "a private address"),
          Range.of("ff00::/8", "a multicast address"),
          Range.of("2001::/23", "a reserved address"),
          Range.of("2001:db8::/32", "a reserved address"));

  private static final Cidr PUBLIC = Cidr.of("2000::/3");

  /** Which addresses of IPv6 have one of IPv4 inside, and from which byte on. */
  private record Embedding(Cidr range, int at) {}

  /** IPv4-compatible, translated, NAT64, 6to4; mapped ones are IPv4 to Java. */
  private static final List<Embedding> EMBEDDINGS =
      List.of(
          new Embedding(Cidr.of("::/96"), 12),
          new Embedding(Cidr.of("::ffff:0:0:0/96"), 12),
          new Embedding(Cidr.of("64:ff9b::/96"), 12),
          new Embedding(Cidr.of("2002::/16"), 2));

  private Targets() {}

  /**
   * Why an address may not be called; empty where it may.
   *
   * @param allowed what the configuration allows
   */
  static Optional<String> refusal(InetAddress address, List<Cidr> allowed) {
    byte[] bytes = address.getAddress();
    return allowed.stream().anyMatch(range -> range.contains(bytes))
        ? Optional.empty()
        : refusal(bytes);
  }

  private static Optional<String> refusal(byte[] address) {
    for (Range range : REFUSED) {
      if (range.range().contains(address)) {
        return Optional.of(range.what());
      }
    }
    if (address.length == 4) {
      return Optional.empty();
    }
    for (Embedding embedding : EMBEDDINGS) {
      if (embedding.range().contains(address)) {
        return refusal(Arrays.copyOfRange(address, embedding.at(), embedding.at() + 4));
      }
    }
    return PUBLIC.contains(address) ? Optional.empty() : Optional.of("a reserved address");
  }
}
