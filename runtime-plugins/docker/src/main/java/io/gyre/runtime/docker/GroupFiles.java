package io.gyre.runtime.docker;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where a container's control groups tell what it uses.
 *
 * @param cpu holds nanoseconds (version 1), or {@code usage_usec} among others (version 2)
 * @param memory holds bytes
 * @param memoryStat says what of it is page cache that isn't in use
 */
record GroupFiles(boolean unified, Path cpu, Path memory, Path memoryStat) {
  private static final int LONGEST = 16 * 1024;

  /** Both as the kernel charges them to the group. */
  record Figures(long cpuNanos, long memoryBytes) {}

  /**
   * Empty where they can't be found, or the process isn't of this container: it was reused, or is
   * one of another machine.
   *
   * @param root where control groups are mounted
   */
  static Optional<GroupFiles> of(Path root, long pid, String container) {
    Map<String, Path> groups = new HashMap<>();
    for (String line : text(Path.of("/proc/" + pid + "/cgroup")).orElse("").split("\n")) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && fields[2].contains(container)) {
        Path path = Path.of(fields[2].substring(1));
        if (fields[0].equals("0")) {
          groups.put("", path);
        }
        for (String controller : fields[1].split(",")) {
          groups.put(controller, path);
        }
      }
    }
    return of(root, groups)
        .filter(files -> Files.isReadable(files.cpu) && Files.isReadable(files.memory));
  }

  /**
   * @param groups by controller; by no name that of version 2
   */
  static Optional<GroupFiles> of(Path root, Map<String, Path> groups) {
    Path unified = groups.get("");
    Path cpu = groups.get("cpuacct");
    Path memory = groups.get("memory");
    if (cpu != null && memory != null) {
      Path memoryGroup = root.resolve("memory").resolve(memory);
      return Optional.of(
          new GroupFiles(
              false,
              root.resolve("cpuacct").resolve(cpu).resolve("cpuacct.usage"),
              memoryGroup.resolve("memory.usage_in_bytes"),
              memoryGroup.resolve("memory.stat")));
    }
    if (unified == null) {
      return Optional.empty();
    }
    Path group = root.resolve(unified);
    return Optional.of(
        new GroupFiles(
            true,
            group.resolve("cpu.stat"),
            group.resolve("memory.current"),
            group.resolve("memory.stat")));
  }

  /** Empty where the groups are gone. */
  Optional<Figures> read() {
    Optional<Long> nanos =
        unified
            ? text(cpu).flatMap(text -> after(text, "usage_usec")).map(micros -> micros * 1000)
            : text(cpu).flatMap(GroupFiles::number);
    Optional<Long> bytes = text(memory).flatMap(GroupFiles::number);
    if (nanos.isEmpty() || bytes.isEmpty()) {
      return Optional.empty();
    }
    long inactive =
        text(memoryStat)
            .flatMap(text -> after(text, unified ? "inactive_file" : "total_inactive_file"))
            .orElse(0L);
    return Optional.of(new Figures(nanos.get(), Math.max(0, bytes.get() - inactive)));
  }

  private static Optional<Long> after(String text, String word) {
    return text.lines()
        .filter(line -> line.startsWith(word + " "))
        .findFirst()
        .flatMap(line -> number(line.substring(word.length())));
  }

  private static Optional<Long> number(String text) {
    try {
      return Optional.of(Long.valueOf(text.strip()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static Optional<String> text(Path file) {
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      return Optional.of(new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
