package io.gyre.runtime.spi;

/**
 * A port in the instance that is published on the host.
 *
 * @param published 1-65535
 * @param target 1-65535
 * @param hostIp literal address to bind
 */
public record PortSpec(int published, int target, String hostIp, Protocol protocol) {
  public enum Protocol {
    TCP,
    UDP
  }
}
