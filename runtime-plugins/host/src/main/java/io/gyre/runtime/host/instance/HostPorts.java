package io.gyre.runtime.host.instance;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.spi.PortSpec;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who has a port of the host that an instance is to publish. Asked only after a start failed: by
 * then nothing of the instance is left that could have it. Reads {@code /proc}; what can't be read
 * there isn't told.
 */
final class HostPorts {
  /** Failures that may come from a port; others say well what they come from. */
  private static final Set<ErrorKind> OF_ENGINE =
      Set.of(ErrorKind.RUNTIME, ErrorKind.CONFLICT, ErrorKind.EXHAUSTED);

  /** Before an IPv4 address that an IPv6 socket is bound to. */
  private static final String MAPPED = "0000000000000000FFFF0000";

  private static final String LISTENS_TCP = "0A";
  private static final String BOUND_UDP = "07";
  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private final Path proc;

  HostPorts(Path proc) {
    this.proc = proc;
  }

  /** The failure in better words where a port is taken, else the failure itself. */
  GyreException explain(List<PortSpec> ports, GyreException failure) {
    if (!OF_ENGINE.contains(failure.kind())) {
      return failure;
    }
    for (PortSpec port : ports) {
      Optional<String> owner = owner(port);
      if (owner.isPresent()) {
        return new GyreException(
            ErrorKind.CONFLICT,
            "port.taken",
            "port "
                + port.published()
                + "/"
                + port.protocol().name().toLowerCase(Locale.ROOT)
                + " of the host is taken by "
                + owner.get(),
            "stop that, or publish another port; Gyre tries again by itself");
      }
    }
    return failure;
  }

  /** Empty: nobody has it. */
  private Optional<String> owner(PortSpec port) {
    boolean udp = port.protocol() == PortSpec.Protocol.UDP;
    boolean ipv6 = port.hostIp().indexOf(':') >= 0;
    for (String table : List.of(udp ? "udp" : "tcp", udp ? "udp6" : "tcp6")) {
      for (String line : lines(proc.resolve("net").resolve(table))) {
        String[] words = line.strip().split("\\s+");
        if (words.length > INODE
            && words[STATE].equals(udp ? BOUND_UDP : LISTENS_TCP)
            && overlaps(words[LOCAL], port, ipv6)) {
          return Optional.of(program(words[INODE]));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Whether both can't have it: the same port, at the same address or one of both at all addresses.
   * A socket at all IPv6 addresses has those of IPv4, too, as a rule.
   */
  private static boolean overlaps(String local, PortSpec port, boolean ipv6) {
    int colon = local.indexOf(':');
    if (colon < 0 || Integer.parseInt(local.substring(colon + 1), 16) != port.published()) {
      return false;
    }
    String address = local.substring(0, colon);
    if (address.startsWith(MAPPED)) {
      address = address.substring(MAPPED.length());
    }
    boolean anywhere = address.chars().allMatch(digit -> digit == '0');
    boolean wantsAll = port.hostIp().equals("0.0.0.0") || port.hostIp().equals("::");
    if (anywhere) {
      return !ipv6 || address.length() > 8;
    }
    return ipv6 == address.length() > 8 && (wantsAll || address.equals(hex(port.hostIp())));
  }

  /** As the kernel shows an IPv4 address; IPv6 addresses are compared only as all of them. */
  private static @Nullable String hex(String address) {
    String[] parts = address.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    StringBuilder hex = new StringBuilder();
    for (int i = parts.length - 1; i >= 0; i--) {
      hex.append(String.format(Locale.ROOT, "%02X", Integer.parseInt(parts[i])));
    }
    return hex.toString();
  }

  private String program(String inode) {
    Path socket = Path.of("socket:[" + inode + "]");
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (has(process, socket)) {
          List<String> name = lines(process.resolve("comm"));
          return (name.isEmpty() ? "a program" : name.getFirst())
              + " (pid "
              + process.getFileName()
              + ")";
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Told without its name.
    }
    return "another program";
  }

  private static boolean has(Path process, Path socket) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor) && socket.equals(target(descriptor))) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // It has ended, or is somebody else's.
    }
    return false;
  }

  private static @Nullable Path target(Path link) {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      return null;
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
