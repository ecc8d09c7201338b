package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceStats;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What instances use. Where an instance has a control group with counters (version 2), those; else
 * the figures of its main process and all that descend from it, found by the group or, without one,
 * by session and parent. A host process has no network of its own.
 */
final class Usages implements InstanceStats {
  private final Instances instances;
  private final String bootId;
  private final BooleanSupplier closed;
  private final long pageBytes = pageBytes();
  private final Map<String, Place> places = new ConcurrentHashMap<>();

  /**
   * Where to look; the same as long as the keeper is.
   *
   * @param group null where it has none
   * @param memory a group with a memory controller of its own; null where there is none
   * @param groupNumber which is never that of another group
   */
  record Place(
      ProcessIdentity keeper, @Nullable Path group, @Nullable Path memory, long groupNumber) {
    static Place of(ProcessIdentity keeper, Optional<Path> group, Optional<Path> memory) {
      Path found = group.filter(Files::isDirectory).orElse(null);
      return new Place(
          keeper, found, memory.filter(Files::isDirectory).orElse(null), number(found));
    }

    private static long number(@Nullable Path group) {
      try {
        return group == null ? 0 : (Long) Files.getAttribute(group, "unix:ino");
      } catch (IOException e) {
        return 0;
      }
    }
  }

  private record Runs(String id, ProcessIdentity main) {}

  Usages(Instances instances, String bootId, BooleanSupplier closed) {
    this.instances = instances;
    this.bootId = bootId;
    this.closed = closed;
  }

  @Override
  public List<Usage> usage(Set<String> ids) throws RuntimeFailure {
    if (closed.getAsBoolean()) {
      throw ProcessWorkloadRuntime.closed();
    }
    places.keySet().retainAll(ids);
    List<Usage> all = new ArrayList<>(ids.size());
    List<Runs> ungrouped = new ArrayList<>();
    try {
      for (String id : ids) {
        Optional<Journal.Line> line = Journal.last(instances.journal(id));
        if (line.isEmpty() || line.get().main().isEmpty() || !line.get().boot().equals(bootId)) {
          continue;
        }
        Place place = place(id, line.get());
        Runs runs = new Runs(id, line.get().main().get());
        if (place.group() == null) {
          ungrouped.add(runs);
        } else {
          ofGroup(runs, place).ifPresent(all::add);
        }
      }
      if (!ungrouped.isEmpty()) {
        all.addAll(ofTrees(ungrouped, ProcessFigures.all()));
      }
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't tell what its instances use", e);
    }
    return all;
  }

  private Place place(String id, Journal.Line line) throws IOException {
    Place known = places.get(id);
    if (known != null && known.keeper().equals(line.keeper())) {
      return known;
    }
    InstanceDirectory directory = instances.directory(id);
    Optional<String> unit = directory.unit();
    Place found;
    if (unit.isPresent()) {
      Optional<Cgroups.UnitGroups> groups = Cgroups.ofUnit(line, unit.get());
      found =
          Place.of(
              line.keeper(),
              groups.map(Cgroups.UnitGroups::tracking),
              groups.map(Cgroups.UnitGroups::memory));
    } else {
      found = Place.of(line.keeper(), directory.group(), directory.memoryGroup());
    }
    places.put(id, found);
    return found;
  }

  /** Empty where its main process isn't there any more. */
  private Optional<Usage> ofGroup(Runs runs, Place place) {
    Path group = Objects.requireNonNull(place.group());
    Instant at = Instant.now();
    Optional<Long> bytes = workingSet(group, place.memory());
    Optional<Long> micros = KernelFile.number(group.resolve("cpu.stat"), "usage_usec");
    if (micros.isPresent() && bytes.isPresent()) {
      return Optional.of(
          usage(runs.id(), at, place.groupNumber(), micros.get() * 1000, bytes.get()));
    }
    Optional<ProcessFigures> main =
        ProcessFigures.of(runs.main().pid())
            .filter(found -> found.startTime() == runs.main().startTime() && !found.ended());
    Optional<String> members = KernelFile.find(group.resolve("cgroup.procs").toString());
    if (main.isEmpty() || members.isEmpty()) {
      return Optional.empty();
    }
    Sum sum = new Sum();
    sum.add(main.get());
    for (String member : members.get().split("\n")) {
      if (!member.isBlank() && !member.equals(Long.toString(runs.main().pid()))) {
        // The keeper has the times of runs that have ended.
        ProcessFigures.of(Long.parseLong(member))
            .filter(found -> found.pid() != place.keeper().pid())
            .ifPresent(sum::add);
      }
    }
    return Optional.of(
        micros.isPresent()
            ? usage(
                runs.id(),
                at,
                place.groupNumber(),
                micros.get() * 1000,
                bytes.orElse(sum.pages * pageBytes))
            : usage(
                runs.id(),
                at,
                origin(runs.main()),
                sum.ticks * ProcessFigures.NANOS_PER_TICK,
                bytes.orElse(sum.pages * pageBytes)));
  }

  private static final class Sum {
    private long ticks;
    private long pages;

    void add(ProcessFigures process) {
      ticks += process.ticks();
      pages += process.pages();
    }
  }

  /** Those of each run are counted anew. */
  private static long origin(ProcessIdentity main) {
    return main.startTime() << 22 | main.pid();
  }

  private static Optional<Long> workingSet(Path group, @Nullable Path memory) {
    Optional<Long> own = workingSet(group);
    return own.isPresent() || memory == null ? own : workingSet(memory);
  }

  /** All that is charged to the group, less the page cache that isn't in use. */
  private static Optional<Long> workingSet(Path group) {
    Path statistics = group.resolve("memory.stat");
    return KernelFile.number(group.resolve("memory.current"))
        .map(all -> less(all, KernelFile.number(statistics, "inactive_file")))
        .or(
            () ->
                KernelFile.number(group.resolve("memory.usage_in_bytes"))
                    .map(all -> less(all, KernelFile.number(statistics, "total_inactive_file"))));
  }

  private static long less(long all, Optional<Long> inactive) {
    return Math.max(0, all - inactive.orElse(0L));
  }

  /** Each process belongs to the instance whose session it is in, else to that of its parent. */
  private List<Usage> ofTrees(List<Runs> runs, List<ProcessFigures> processes) {
    Instant at = Instant.now();
    Map<Long, ProcessFigures> byPid = new HashMap<>();
    processes.forEach(process -> byPid.put(process.pid(), process));
    Map<Long, Runs> owners = new HashMap<>();
    for (Runs each : runs) {
      ProcessFigures main = byPid.get(each.main().pid());
      if (main != null && main.startTime() == each.main().startTime() && !main.ended()) {
        owners.put(main.pid(), each);
      }
    }
    Map<Runs, Sum> sums = new HashMap<>();
    for (ProcessFigures process : processes) {
      Runs owner = owner(process, byPid, owners);
      if (owner != null) {
        sums.computeIfAbsent(owner, each -> new Sum()).add(process);
      }
    }
    List<Usage> all = new ArrayList<>();
    sums.forEach(
        (each, sum) ->
            all.add(
                usage(
                    each.id(),
                    at,
                    origin(each.main()),
                    sum.ticks * ProcessFigures.NANOS_PER_TICK,
                    sum.pages * pageBytes)));
    return all;
  }

  private static @Nullable Runs owner(
      ProcessFigures process, Map<Long, ProcessFigures> byPid, Map<Long, Runs> owners) {
    // A list that was read while processes came and went may have a circle.
    Set<Long> seen = new HashSet<>();
    ProcessFigures next = process;
    while (next != null && seen.add(next.pid())) {
      Runs owner = owners.get(next.pid());
      owner = owner == null ? owners.get(next.session()) : owner;
      if (owner != null) {
        return owner;
      }
      next = byPid.get(next.parent());
    }
    return null;
  }

  private static Usage usage(String id, Instant at, long origin, long nanos, long bytes) {
    return new Usage(id, at, origin, nanos, bytes, null, null);
  }

  /** Of memory, as the kernel counts resident pages. */
  private static long pageBytes() {
    return KernelFile.find("/proc/self/smaps")
        .flatMap(
            text -> text.lines().filter(line -> line.startsWith("KernelPageSize:")).findFirst())
        .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .orElse(4096L);
  }
}
