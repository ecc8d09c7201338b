package io.gyre.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The workloads that live, as the kernel tells: processes whose environment carries the mark of
 * this run. What turned out to be none of ours is not looked at again, so that a look is cheap. One
 * thread at a time.
 */
final class Reality {
  private static final long STRANGER_AFTER_NANOS = 3_000_000_000L;

  private final String run;
  private final Map<Long, Long> firstSeen = new HashMap<>();
  private final Set<Long> strangers = new HashSet<>();

  /**
   * The main process of a workload.
   *
   * @param startTicks tells it from another process with the same pid
   * @param replica what must live only once: the instance of a process, the id of a container
   * @param mark what the manifest set
   */
  record Main(
      long pid,
      long startTicks,
      String deployment,
      String replica,
      String mark,
      boolean container) {
    String key() {
      return pid + "/" + startTicks;
    }
  }

  Reality(String run) {
    this.run = run;
  }

  synchronized List<Main> look() {
    List<Main> found = new ArrayList<>();
    Set<Long> present = new HashSet<>();
    long now = System.nanoTime();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        present.add(pid);
        if (strangers.contains(pid)) {
          continue;
        }
        Optional<Main> main = main(process, pid);
        if (main.isPresent()) {
          found.add(main.get());
        } else if (now - firstSeen.computeIfAbsent(pid, p -> now) > STRANGER_AFTER_NANOS) {
          strangers.add(pid);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("can't list /proc", e);
    }
    strangers.retainAll(present);
    firstSeen.keySet().retainAll(present);
    return found;
  }

  private Optional<Main> main(Path process, long pid) {
    try {
      Map<String, String> environment = environment(process);
      String deployment = environment.get("CHAOS_DEPLOYMENT");
      if (!run.equals(environment.get("CHAOS_RUN")) || deployment == null) {
        return Optional.empty();
      }
      String instance = environment.get("GYRE_INSTANCE");
      String mark = environment.getOrDefault("CHAOS_MARK", "");
      if (instance != null) {
        return environment.containsKey("GYRE_EXEC") || !leadsSession(pid)
            ? Optional.empty()
            : Optional.of(new Main(pid, startTicks(pid), deployment, instance, mark, false));
      }
      String container = environment.get("HOSTNAME");
      return container == null || !first(process)
          ? Optional.empty()
          : Optional.of(new Main(pid, startTicks(pid), deployment, container, mark, true));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static Map<String, String> environment(Path process) throws IOException {
    Map<String, String> environment = new HashMap<>();
    String text =
        new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.ISO_8859_1);
    for (String entry : text.split("\0")) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return environment;
  }

  /** Whether it is the first process of its container. */
  private static boolean first(Path process) throws IOException {
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith("NSpid:")) {
        String[] pids = line.substring(6).strip().split("\\s+");
        return pids.length > 1 && pids[pids.length - 1].equals("1");
      }
    }
    return false;
  }

  static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  static long startTicks(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]);
  }

  /** A child of the main process has its environment too, but not its session. */
  private static boolean leadsSession(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3].equals(Long.toString(pid));
  }

  /** The time as starts are counted, hundredths of seconds since boot. */
  static long nowTicks() {
    try {
      String uptime = Files.readString(Path.of("/proc/uptime"));
      return (long) (Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 100);
    } catch (IOException e) {
      throw new IllegalStateException("can't read /proc/uptime", e);
    }
  }

  static boolean alive(long pid) {
    return Files.exists(Path.of("/proc/" + pid)) && state(pid) != 'Z';
  }

  private static char state(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return 'Z';
    }
  }

  /** The keeper of an instance: the process that its own script is read by. */
  static @Nullable Long parent(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[1]);
    } catch (IOException e) {
      return null;
    }
  }
}
