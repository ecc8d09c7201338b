package io.gyre.component;

import io.gyre.model.Demand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host has, and what of it instances may ask for.
 *
 * @param machine all of it: that of a surrounding container, if there is one with a limit
 * @param allocatable what all instances together may ask for
 */
public record HostCapacity(Demand machine, Demand allocatable) {
  private static final Logger log = LoggerFactory.getLogger(HostCapacity.class);
  private static final long LEAST_RESERVE = 256L << 20;
  private static final int RESERVED_PART = 16;

  /** Reads a few small files. */
  public static HostCapacity read(GyreConfig.Admission config) {
    return of(machine(Path.of("/")), config);
  }

  static HostCapacity of(Demand machine, GyreConfig.Admission config) {
    long reserve =
        config.reserveBytes() == GyreConfig.Admission.AUTO
            ? LEAST_RESERVE + machine.memoryBytes() / RESERVED_PART
            : config.reserveBytes();
    long memory =
        config.memoryBytes() == GyreConfig.Admission.AUTO
            ? machine.without(new Demand(reserve, 0)).memoryBytes()
            : config.memoryBytes();
    long cpu =
        config.cpuMillis() == GyreConfig.Admission.AUTO
            ? machine.times(config.cpuOvercommit()).cpuMillis()
            : config.cpuMillis();
    return new HostCapacity(machine, new Demand(memory, cpu));
  }

  /** What can't be found out is without a bound: nothing is refused for it. */
  static Demand machine(Path root) {
    long memory = Math.min(memInfo(root), limit(root.resolve("sys/fs/cgroup/memory.max")));
    memory = Math.min(memory, limit(root.resolve("sys/fs/cgroup/memory/memory.limit_in_bytes")));
    return new Demand(memory, Math.min(cores(root), quota(root)));
  }

  private static long memInfo(Path root) {
    for (String line : text(root.resolve("proc/meminfo")).lines().toList()) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    return Long.MAX_VALUE;
  }

  /** There only in a container of its own; a word means none. */
  private static long limit(Path file) {
    String text = text(file).strip();
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
  }

  /** Thousandths, of {@code 0-3,8}. */
  private static long cores(Path root) {
    String text = text(root.resolve("sys/devices/system/cpu/online")).strip();
    if (!text.matches("[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*")) {
      return Runtime.getRuntime().availableProcessors() * 1000L;
    }
    long cores = 0;
    for (String range : text.split(",", -1)) {
      String[] ends = range.split("-", -1);
      cores += Long.parseLong(ends[ends.length - 1]) - Long.parseLong(ends[0]) + 1;
    }
    return cores * 1000;
  }

  private static long quota(Path root) {
    String[] words = text(root.resolve("sys/fs/cgroup/cpu.max")).strip().split(" ", -1);
    return words.length == 2 && words[0].matches("[0-9]{1,15}") && words[1].matches("[1-9][0-9]*")
        ? Long.parseLong(words[0]) * 1000 / Long.parseLong(words[1])
        : Long.MAX_VALUE;
  }

  private static String text(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      log.debug("{} can't be read: {}", file, e.toString());
      return "";
    }
  }
}
