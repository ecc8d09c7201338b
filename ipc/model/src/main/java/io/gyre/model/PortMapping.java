package io.gyre.model;

/**
 * A published port.
 *
 * @param published port on the host, 1-65535
 * @param target port inside the instance, 1-65535
 * @param hostIp address on the host that it is bound to
 */
public record PortMapping(int published, int target, String hostIp, Protocol protocol) {
  public enum Protocol {
    TCP,
    UDP
  }
}
