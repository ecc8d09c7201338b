package io.gyre.manifest;

import io.gyre.model.PortMapping;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The host's ports that a manifest publishes, so that none is published twice. */
final class PortClaims {
  private record Key(int port, PortMapping.Protocol protocol, boolean ipv6) {}

  /** Who publishes a port: on single addresses, and the last one that did at all. */
  private static final class Claims {
    private final Map<String, Value> byAddress = new HashMap<>();
    private @Nullable Value any;
  }

  private final Map<Key, Claims> all = new HashMap<>();

  void claim(PortDecoder.Port port) {
    PortMapping mapping = port.mapping();
    String address = mapping.hostIp();
    boolean ipv6 = address.indexOf(':') >= 0;
    Claims claims =
        all.computeIfAbsent(
            new Key(mapping.published(), mapping.protocol(), ipv6), _ -> new Claims());
    boolean everywhere = address.equals(ipv6 ? "::" : "0.0.0.0");
    Value other = everywhere ? claims.any : claims.byAddress.get(address);
    if (other == null) {
      other = claims.byAddress.get(ipv6 ? "::" : "0.0.0.0");
    }
    if (other != null) {
      port.at()
          .problem(
              "duplicate",
              "the host's port "
                  + mapping.published()
                  + " is already published by "
                  + other.path()
                  + " ("
                  + other.scope().file()
                  + ":"
                  + other.line()
                  + ")");
      return;
    }
    claims.byAddress.put(address, port.at());
    claims.any = port.at();
  }
}
