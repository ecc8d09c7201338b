package io.gyre.api.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.EndPoint;

/** The other end of a request's connection. */
public final class Peer {
  /** What stands for the address of processes on this host that came by the Unix-domain socket. */
  public static final String LOCAL = "local";

  private Peer() {}

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
