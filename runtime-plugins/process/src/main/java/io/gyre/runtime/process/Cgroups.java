package io.gyre.runtime.process;

import io.gyre.runtime.spi.Limits;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The control groups that this JVM may make; each found by really making one. Groups are {@code
 * HIERARCHY/gyre-HOST/INSTANCE}. A keeper joins its instance's groups and so all its children are
 * born in them.
 *
 * @param tracking where each instance gets a group that shows all of its processes
 * @param memory the hierarchy with the memory controller
 * @param cpu the hierarchy with the cpu controller
 */
record Cgroups(@Nullable Path tracking, @Nullable Path memory, @Nullable Path cpu) {
  static final Cgroups NONE = new Cgroups(null, null, null);

  /** The keeper's file about the groups of a main process that is in none of ours. */
  static final String UNTRACKED = "cgroup='' join=''\n";

  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final long PERIOD_US = 100_000;

  static Cgroups probe() {
    if (Files.exists(ROOT.resolve("cgroup.controllers"))) {
      boolean usable = can(ROOT, "cgroup.procs");
      return new Cgroups(
          usable ? ROOT : null,
          usable && delegates(ROOT, "memory") ? ROOT : null,
          usable && delegates(ROOT, "cpu") ? ROOT : null);
    }
    Path unified = ROOT.resolve("unified");
    Path pids = ROOT.resolve("pids");
    return new Cgroups(
        can(pids, "tasks") ? pids : can(unified, "cgroup.procs") ? unified : null,
        can(ROOT.resolve("memory"), "memory.limit_in_bytes") ? ROOT.resolve("memory") : null,
        can(ROOT.resolve("cpu"), "cpu.cfs_quota_us") ? ROOT.resolve("cpu") : null);
  }

  private static boolean can(Path hierarchy, String file) {
    if (!Files.isWritable(hierarchy)) {
      return false;
    }
    Path probe =
        hierarchy.resolve("gyre-probe-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    try {
      Files.createDirectory(probe);
      try {
        return Files.isWritable(probe.resolve(file));
      } finally {
        Files.delete(probe);
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean delegates(Path root, String controller) {
    try {
      return List.of(Files.readString(root.resolve("cgroup.subtree_control")).strip().split(" "))
          .contains(controller);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Makes the groups of an instance, also where they are there already.
   *
   * @return the keeper's file about them, see keeper.sh
   */
  String create(String host, String id, Limits limits) throws IOException {
    Set<Path> joined = new LinkedHashSet<>();
    if (tracking != null) {
      joined.add(group(tracking, host, id));
    }
    @Nullable Path limited = null;
    if (memory != null
        && (limits.memoryBytes() != null || limits.memoryReservationBytes() != null)) {
      Path group = group(memory, host, id);
      limitMemory(group, limits);
      joined.add(group);
      limited = group;
    }
    Long cpuMillis = limits.cpuMillis();
    if (cpu != null && cpuMillis != null) {
      Path group = group(cpu, host, id);
      limitCpu(group, cpuMillis);
      joined.add(group);
    }
    List<String> files = new ArrayList<>();
    for (Path group : joined) {
      // Moving a lone thread by `tasks` needs no RCU grace period, which costs 10 ms and more.
      files.add(
          group
              .resolve(Files.exists(group.resolve("tasks")) ? "tasks" : "cgroup.procs")
              .toString());
    }
    String swept = tracking == null ? "" : directory(tracking, host, id).toString();
    return "cgroup="
        + Shell.quote(swept)
        + " join="
        + Shell.quote(String.join(" ", files))
        + (limited == null ? "" : " memory=" + Shell.quote(limited.toString()))
        + "\n";
  }

  private Path group(Path hierarchy, String host, String id) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return makeGroup(hierarchy, host, id);
      } catch (NoSuchFileException e) {
        // The removal of another instance took the empty parent away in between.
        if (attempt == 5) {
          throw e;
        }
      }
    }
  }

  private Path makeGroup(Path hierarchy, String host, String id) throws IOException {
    Path parent = hierarchy.resolve("gyre-" + host);
    if (!Files.exists(parent)) {
      Files.createDirectories(parent);
      if (hierarchy.equals(memory) && hierarchy.equals(tracking)) {
        write(parent.resolve("cgroup.subtree_control"), "+memory");
      }
      if (hierarchy.equals(cpu) && hierarchy.equals(tracking)) {
        write(parent.resolve("cgroup.subtree_control"), "+cpu");
      }
    }
    return Files.createDirectories(parent.resolve(id));
  }

  private static Path directory(Path hierarchy, String host, String id) {
    return hierarchy.resolve("gyre-" + host).resolve(id);
  }

  private static void limitMemory(Path group, Limits limits) throws IOException {
    Long bytes = limits.memoryBytes();
    Long reservation = limits.memoryReservationBytes();
    boolean v2 = Files.exists(group.resolve("memory.max"));
    if (bytes != null) {
      write(group.resolve(v2 ? "memory.max" : "memory.limit_in_bytes"), bytes.toString());
      Path swap = group.resolve(v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
      if (Files.exists(swap)) {
        write(swap, v2 ? "0" : bytes.toString());
      }
    }
    if (reservation != null) {
      write(
          group.resolve(v2 ? "memory.low" : "memory.soft_limit_in_bytes"), reservation.toString());
    }
  }

  private static void limitCpu(Path group, long millis) throws IOException {
    long quota = Math.max(1000, millis * PERIOD_US / 1000);
    if (Files.exists(group.resolve("cpu.max"))) {
      write(group.resolve("cpu.max"), quota + " " + PERIOD_US);
    } else {
      write(group.resolve("cpu.cfs_quota_us"), Long.toString(quota));
    }
  }

  private static void write(Path file, String value) throws IOException {
    Files.writeString(file, value);
  }

  /** The processes in a group; none where it is gone, empty where nobody can tell. */
  static Optional<List<Long>> members(Path group) {
    try {
      return Optional.of(
          Files.readAllLines(group.resolve("cgroup.procs")).stream().map(Long::valueOf).toList());
    } catch (NoSuchFileException e) {
      return Optional.of(List.of());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The group that shows all processes of a unit, to which this process belongs. */
  static Optional<Path> ofUnit(long pid, String unit) {
    List<Path> groups = groupsOfUnit(pid, unit);
    return groups.isEmpty() ? Optional.empty() : Optional.of(groups.getFirst());
  }

  /**
   * @param memory null where the unit has none of its own in that hierarchy
   */
  record UnitGroups(Path tracking, @Nullable Path memory) {}

  /** The groups of a unit, found by its keeper, or where that is dead by its main process. */
  static Optional<UnitGroups> ofUnit(Journal.Line line, String unit) {
    List<Path> groups = groupsOfUnit(line.keeper().pid(), unit);
    if (groups.isEmpty() && line.main().isPresent()) {
      groups = groupsOfUnit(line.main().get().pid(), unit);
    }
    return groups.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new UnitGroups(
                groups.getFirst(),
                groups.stream()
                    .filter(group -> Files.exists(group.resolve("memory.usage_in_bytes")))
                    .findFirst()
                    .orElse(null)));
  }

  /** What another process writes itself to in order to join the unit of this one. */
  static List<Path> entriesOfUnit(long pid, String unit) {
    return groupsOfUnit(pid, unit).stream()
        .map(
            group -> group.resolve(Files.exists(group.resolve("tasks")) ? "tasks" : "cgroup.procs"))
        .toList();
  }

  /**
   * The groups that a unit has in the hierarchies, those that systemd itself tracks it by first.
   */
  private static List<Path> groupsOfUnit(long pid, String unit) {
    boolean unified = Files.exists(ROOT.resolve("cgroup.controllers"));
    List<Path> tracking = new ArrayList<>();
    List<Path> limiting = new ArrayList<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"));
    } catch (IOException e) {
      return List.of();
    }
    for (String line : lines) {
      String[] fields = line.split(":", 3);
      if (fields.length < 3 || !fields[2].endsWith("/" + unit)) {
        continue;
      }
      String path = fields[2].substring(1);
      if (fields[0].equals("0")) {
        tracking.add((unified ? ROOT : ROOT.resolve("unified")).resolve(path));
      } else if (fields[1].equals("name=systemd")) {
        tracking.add(ROOT.resolve("systemd").resolve(path));
      } else {
        limiting.add(ROOT.resolve(fields[1]).resolve(path));
      }
    }
    return Stream.concat(tracking.stream(), limiting.stream())
        .filter(group -> Files.exists(group.resolve("cgroup.procs")))
        .toList();
  }

  /** Removes an instance's groups, whose processes are gone. */
  void remove(String host, String id) {
    for (Path hierarchy : hierarchies()) {
      Path group = directory(hierarchy, host, id);
      for (int i = 0; i < 50 && Files.exists(group); i++) {
        try {
          Files.deleteIfExists(group);
        } catch (IOException e) {
          LockSupport.parkNanos(2_000_000);
        }
      }
      deleteIfEmpty(hierarchy.resolve("gyre-" + host));
    }
  }

  /** Removes the groups of instances that aren't there any more. */
  void removeAllBut(String host, Set<String> ids) {
    for (Path hierarchy : hierarchies()) {
      Path parent = hierarchy.resolve("gyre-" + host);
      try (DirectoryStream<Path> groups = Files.newDirectoryStream(parent, Files::isDirectory)) {
        for (Path group : groups) {
          if (!ids.contains(group.getFileName().toString())) {
            deleteIfEmpty(group);
          }
        }
      } catch (IOException e) {
        // No group of this host, or one that is being removed: nothing to do.
      }
      deleteIfEmpty(parent);
    }
  }

  private static void deleteIfEmpty(Path group) {
    try {
      Files.deleteIfExists(group);
    } catch (IOException e) {
      // Still has children or processes.
    }
  }

  private Set<Path> hierarchies() {
    Set<Path> all = new LinkedHashSet<>();
    for (Path hierarchy : new Path[] {tracking, memory, cpu}) {
      if (hierarchy != null) {
        all.add(hierarchy);
      }
    }
    return all;
  }
}
