package io.gyre.cli;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code gyre doctor} looks at by itself. */
final class MachineChecks {
  private static final long MIB = 1 << 20;
  private static final long DISK_WARN = 1024 * MIB;
  private static final long DISK_FAIL = 100 * MIB;
  private static final int JAVA = 25;
  private static final Pattern PORT_RANGE =
      Pattern.compile("port_range:\\s*[\"']?(\\d{1,5})-(\\d{1,5})");

  private final Session session;
  private final Path home;

  MachineChecks(Session session) {
    this.session = session;
    home = session.home();
  }

  List<Check> all() {
    List<Check> checks = new ArrayList<>();
    checks.add(java());
    checks.add(dataRoot());
    checks.add(disk());
    checks.add(ports());
    checks.add(controlGroups());
    checks.add(new DockerCheck(session.environment()).run());
    return checks;
  }

  private static Check java() {
    Runtime.Version version = Runtime.version();
    String where = System.getProperty("java.home");
    return version.feature() >= JAVA
        ? Check.ok("java", version + " in " + where)
        : Check.fail("java", version + " in " + where, "install JDK 25 or set JAVA_HOME to one");
  }

  private Check dataRoot() {
    if (!Files.exists(home)) {
      return Check.warn("data root", home + " is not there yet", "gyre up -d makes it");
    }
    if (!Files.isDirectory(home) || !Files.isWritable(home)) {
      return Check.fail(
          "data root", home + " cannot be written", "check its owner, or set GYRE_HOME");
    }
    try {
      String owner = Files.getOwner(home).getName();
      String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(home));
      String user = System.getProperty("user.name");
      String what = home + " (" + owner + ", " + mode + ")";
      if (owner.equals(user) && new Marks(home).ofSystemd()) {
        return Check.ok("data root", what + ", shared by the units of systemd");
      }
      if (!owner.equals(user)) {
        return Check.warn(
            "data root", what + " is not yours (" + user + ")", "run gyre as " + owner);
      }
      if (!mode.endsWith("------")) {
        return Check.warn("data root", what + " is open to others", "chmod 700 " + home);
      }
      Path token = home.resolve("admin-token");
      if (Files.isReadable(token)
          && !PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(token, LinkOption.NOFOLLOW_LINKS))
              .endsWith("------")) {
        return Check.fail("data root", token + " is open to others", "chmod 600 " + token);
      }
      return Check.ok("data root", what);
    } catch (IOException | UnsupportedOperationException e) {
      return Check.fail("data root", home + ": " + e.getMessage(), "set GYRE_HOME");
    }
  }

  private Check disk() {
    Path existing = home;
    while (existing.getParent() != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    try {
      FileStore store = Files.getFileStore(existing);
      long free = store.getUsableSpace();
      String what = free / MIB + " MiB free for " + home;
      if (free < DISK_FAIL) {
        return Check.fail("disk", what, "free some space: changes are refused without it");
      }
      return free < DISK_WARN
          ? Check.warn("disk", what, "free some space soon")
          : Check.ok("disk", what);
    } catch (IOException e) {
      return Check.warn("disk", "unknown: " + e.getMessage(), "check df " + existing);
    }
  }

  /** The range from which each process instance gets its own port. */
  private Check ports() {
    int low = 20000;
    int high = 29999;
    Matcher configured = PORT_RANGE.matcher(text(home.resolve("gyre.yaml")));
    if (configured.find()) {
      low = Integer.parseInt(configured.group(1));
      high = Integer.parseInt(configured.group(2));
    }
    String range = low + "-" + high;
    String[] ephemeral =
        text(Path.of("/proc/sys/net/ipv4/ip_local_port_range")).strip().split("\\s+");
    if (ephemeral.length == 2
        && low <= Integer.parseInt(ephemeral[1])
        && high >= Integer.parseInt(ephemeral[0])) {
      return Check.warn(
          "ports",
          range
              + " overlaps the ports of outgoing connections ("
              + String.join("-", ephemeral)
              + ")",
          "set runtime.settings.process.port_range in " + home.resolve("gyre.yaml"));
    }
    int total = high - low + 1;
    int used = listening(low, high);
    String what = (total - used) + " of " + total + " free in " + range;
    return total - used < Math.min(100, total / 10 + 1)
        ? Check.warn("ports", what, "widen runtime.settings.process.port_range")
        : Check.ok("ports", what);
  }

  private static int listening(int low, int high) {
    Set<Integer> ports = new HashSet<>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : text(Path.of(table)).split("\n", -1)) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length > 3 && fields[3].equals("0A")) {
          int port = Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16);
          if (port >= low && port <= high) {
            ports.add(port);
          }
        }
      }
    }
    return ports.size();
  }

  /** Limits of host processes need the memory controller, of version 1 or 2. */
  private static Check controlGroups() {
    Path v1 = Path.of("/sys/fs/cgroup/memory");
    Path v2 = Path.of("/sys/fs/cgroup");
    boolean second = text(v2.resolve("cgroup.controllers")).contains("memory");
    Path root = second ? v2 : v1;
    if (Files.isDirectory(v1) || second) {
      return Files.isWritable(root.resolve("cgroup.procs"))
          ? Check.ok("cgroups", "writable (version " + (second ? 2 : 1) + ")")
          : Check.warn(
              "cgroups",
              "not writable by this user",
              "host processes with resource limits are refused; run as root or with systemd");
    }
    return Check.warn(
        "cgroups", "no memory controller", "host processes with resource limits are refused");
  }

  /** Empty where it cannot be read. */
  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
