package io.gyre.model;

/**
 * A port at which an instance can be reached.
 *
 * @param name {@code PORT} for the allocated one, else the target port
 * @param hostIp address on the host
 * @param port on the host
 * @param target inside the instance
 */
public record BoundPort(
    String name, String hostIp, int port, int target, PortMapping.Protocol protocol) {}
