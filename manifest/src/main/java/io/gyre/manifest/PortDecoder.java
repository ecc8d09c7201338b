package io.gyre.manifest;

import io.gyre.model.PortMapping;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code ports}: maps, or the short form {@code [host_ip:]published:target[/protocol]}. */
final class PortDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("published", "target", "host_ip", "protocol"),
          Order.of(),
          Map.of(
              "host_port",
              "use published",
              "hostPort",
              "use published",
              "container_port",
              "use target",
              "containerPort",
              "use target"));

  static final String DEFAULT_HOST_IP = "0.0.0.0";

  private static final Map<String, PortMapping.Protocol> PROTOCOLS = new LinkedHashMap<>();

  static {
    PROTOCOLS.put("tcp", PortMapping.Protocol.TCP);
    PROTOCOLS.put("udp", PortMapping.Protocol.UDP);
  }

  private static final Pattern SHORT =
      Pattern.compile("(?:(\\[[^\\]]*]|[^:\\[\\]]*):)?([0-9]{1,9}):([0-9]{1,9})(?:/([a-z]{1,9}))?");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern ZEROS = Pattern.compile("(?:^|:)0(?::0)+(?::|$)");
  private static final String EXPECTED =
      "\"published:target\" as in \"8080:80\", or a map with published and target";

  private PortDecoder() {}

  record Port(PortMapping mapping, Value at) {}

  static List<Port> decode(Value ports) {
    List<Port> all = new ArrayList<>();
    List<Value> items = ports.items("a list of ports");
    for (Value item : items == null ? List.<Value>of() : items) {
      PortMapping mapping = item.isMap() ? ofMap(item) : ofText(item);
      if (mapping != null) {
        all.add(new Port(mapping, item.coded(item.code() + ".published")));
      }
    }
    return all;
  }

  private static @Nullable PortMapping ofMap(Value item) {
    Fields fields = item.fields(KEYS);
    if (fields == null) {
      return null;
    }
    Value published = fields.require("published", "the port on the host, 1 to 65535");
    Value target = fields.require("target", "the port in the container, 1 to 65535");
    Value hostIp = fields.get("host_ip");
    Value protocol = fields.get("protocol");
    Integer publishedPort = published == null ? null : published.integer(1, 65535);
    Integer targetPort = target == null ? null : target.integer(1, 65535);
    String address = DEFAULT_HOST_IP;
    if (hostIp != null) {
      String text = hostIp.text("an IP address");
      address = text == null ? null : address(text).orElse(null);
      if (text != null && address == null) {
        hostIp.problem("invalid", Excerpt.quoted(text) + " is not an IP address");
      }
    }
    PortMapping.Protocol kind =
        protocol == null ? PortMapping.Protocol.TCP : protocol.oneOf(PROTOCOLS);
    if (publishedPort == null || targetPort == null || address == null || kind == null) {
      return null;
    }
    return new PortMapping(publishedPort, targetPort, address, kind);
  }

  private static @Nullable PortMapping ofText(Value item) {
    String text = item.scalar(EXPECTED);
    if (text == null) {
      return null;
    }
    Matcher matcher = SHORT.matcher(text);
    if (!matcher.matches()) {
      item.problem("invalid", "expected " + EXPECTED + ", found " + Excerpt.quoted(text));
      return null;
    }
    int published = Integer.parseInt(matcher.group(2));
    int target = Integer.parseInt(matcher.group(3));
    boolean inRange = inRange(item, "published", published);
    inRange &= inRange(item, "target", target);
    String written = matcher.group(1);
    String hostIp = DEFAULT_HOST_IP;
    if (written != null) {
      String bare = written.startsWith("[") ? written.substring(1, written.length() - 1) : written;
      hostIp = address(bare).orElse(null);
      if (hostIp == null) {
        item.problem("host_ip.invalid", Excerpt.quoted(written) + " is not an IP address");
      }
    }
    String name = matcher.group(4) == null ? "tcp" : matcher.group(4);
    PortMapping.Protocol protocol = PROTOCOLS.get(name);
    if (protocol == null) {
      item.problem(
          "protocol.unsupported",
          "unknown protocol " + Excerpt.quoted(name) + "; use one of tcp, udp");
    }
    return inRange && hostIp != null && protocol != null
        ? new PortMapping(published, target, hostIp, protocol)
        : null;
  }

  private static boolean inRange(Value item, String which, int port) {
    boolean fits = port >= 1 && port <= 65535;
    if (!fits) {
      item.problem(
          which + ".out_of_range",
          "the " + which + " port must be between 1 and 65535, not " + port);
    }
    return fits;
  }

  /** The address in one fixed form; never looks a name up. */
  static Optional<String> address(String text) {
    if (IPV4.matcher(text).matches()) {
      return Optional.of(text);
    }
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0 || text.length() > 45) {
      return Optional.empty();
    }
    try {
      return Optional.of(shortened(Inet6Address.ofLiteral(text).getHostAddress()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** With its longest run of zeros left out. */
  private static String shortened(String address) {
    Matcher zeros = ZEROS.matcher(address);
    int start = 0;
    int end = 0;
    while (zeros.find()) {
      if (zeros.end() - zeros.start() > end - start) {
        start = zeros.start();
        end = zeros.end();
      }
    }
    return end == 0 ? address : address.substring(0, start) + "::" + address.substring(end);
  }
}
