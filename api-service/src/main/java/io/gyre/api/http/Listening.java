package io.gyre.api.http;

import io.gyre.component.GyreConfig;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * The socket that clients connect to. It listens from the start: who connects before the API
 * accepts, waits.
 *
 * @param inherited kept by somebody else: closing would cut nobody off and is left to the end of
 *     the process
 */
public record Listening(ServerSocketChannel channel, InetSocketAddress address, boolean inherited)
    implements AutoCloseable {
  private static final int WAITING = 1024;

  /**
   * Listens where the configuration says.
   *
   * @throws GyreException {@code api.port_in_use} where something else listens there
   */
  public static Listening bind(GyreConfig.Api config) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      InetSocketAddress wanted = new InetSocketAddress(config.address(), config.port());
      if (wanted.isUnresolved()) {
        throw new BindException("no such address");
      }
      channel.bind(wanted, WAITING);
      return new Listening(channel, (InetSocketAddress) channel.getLocalAddress(), false);
    } catch (IOException e) {
      channel.close();
      throw refused(config, e);
    }
  }

  /** Listens already. */
  public static Listening inherited(ServerSocketChannel channel) {
    try {
      if (channel.getLocalAddress() instanceof InetSocketAddress address) {
        return new Listening(channel, address, true);
      }
      throw new GyreException(
          ErrorKind.INVALID,
          "api.listener_unusable",
          "the listening socket that was passed to this process is not of TCP",
          "set ListenStream= of gyre-api.socket to an address and a port");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GyreException refused(GyreConfig.Api config, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (e instanceof BindException && text.contains("in use")) {
      return new GyreException(
          ErrorKind.CONFLICT,
          "api.port_in_use",
          "port " + config.port() + " of " + config.address() + " is in use",
          "stop what listens there, or set api.port in gyre.yaml",
          List.of(),
          e);
    }
    return new GyreException(
        ErrorKind.INVALID,
        "api.address_unusable",
        "cannot listen on " + config.address() + " port " + config.port() + ": " + text,
        "set api.address and api.port in gyre.yaml",
        List.of(),
        e);
  }

  /** As in {@code http://127.0.0.1:7070}. */
  public String url(boolean tls) {
    String host = address.getAddress().getHostAddress();
    return (tls ? "https://" : "http://")
        + (address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
        + ":"
        + address.getPort();
  }

  /** Refuses who connects from now on, unless the socket is somebody else's. */
  @Override
  public void close() {
    if (!inherited) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
