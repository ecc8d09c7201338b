package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RuntimeFailure;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the engine listens.
 *
 * @param text as the user wrote it
 * @param local whether the engine shares our file system and process table
 */
record EngineAddress(String text, SocketAddress socket, boolean local) {
  static final String DEFAULT = "unix:///var/run/docker.sock";

  /** Takes {@code unix:///path}, {@code /path} and {@code tcp://host:port} (without TLS). */
  static EngineAddress parse(@Nullable String configured) throws RuntimeFailure {
    String text = configured == null || configured.isBlank() ? DEFAULT : configured.strip();
    String path = text.startsWith("unix://") ? text.substring("unix://".length()) : text;
    if (path.startsWith("/")) {
      return new EngineAddress(text, UnixDomainSocketAddress.of(path), true);
    }
    if (text.startsWith("tcp://")) {
      URI uri;
      try {
        uri = URI.create(text);
      } catch (IllegalArgumentException e) {
        throw refused(text);
      }
      if (uri.getHost() != null) {
        int port = uri.getPort() < 0 ? 2375 : uri.getPort();
        return new EngineAddress(text, new InetSocketAddress(uri.getHost(), port), false);
      }
    }
    throw refused(text);
  }

  private static RuntimeFailure refused(String text) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.INVALID,
        "setting_invalid",
        "the docker runtime's setting host is \"" + text + "\"",
        "use unix:///path/to/docker.sock, or tcp://HOST:PORT without TLS");
  }
}
