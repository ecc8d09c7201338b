package io.gyre.api.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.EndPoint;

/** The other end of a request's connection. */
public final class Peer {
  /** What stands for the address of processes on this host that came by the Unix-domain socket. */
  public static final String LOCAL = "local";

  private static final int NETWORK_GROUPS = 4;

  private Peer() {}

  /**
   * Who counts as one where addresses are counted: an IPv4 address, also one within an IPv6 address
   * (mapped), and of an IPv6 address the network: who has one has 2^64 of them.
   */
  static String network(InetAddress address) {
    String text = address.getHostAddress();
    return address instanceof Inet6Address
        ? String.join(":", List.of(text.split(":", -1)).subList(0, NETWORK_GROUPS))
        : text;
  }

  /**
   * The same of an address as a text; what is none stands for itself.
   *
   * @param address as {@link #address} tells it
   */
  public static String network(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      return network(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException e) {
      return address;
    }
  }

  /** Its address without the port, or {@link #LOCAL}. */
  public static String address(ContainerRequestContext request) {
    if (request.getProperty(Call.CONNECTION) instanceof EndPoint connection) {
      SocketAddress remote = connection.getRemoteSocketAddress();
      if (remote instanceof InetSocketAddress internet && internet.getAddress() != null) {
        return internet.getAddress().getHostAddress();
      }
    }
    return LOCAL;
  }

  /** The user of the process at the other end of a Unix-domain socket; empty for others. */
  public static Optional<UserPrincipal> user(ContainerRequestContext request) {
    if (request.getProperty(Call.CONNECTION) instanceof EndPoint connection
        && connection.getTransport() instanceof SocketChannel channel) {
      try {
        if (!(channel.getRemoteAddress() instanceof InetSocketAddress)) {
          return Optional.of(channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
        }
      } catch (IOException | UnsupportedOperationException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }
}
