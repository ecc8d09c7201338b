import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/** What {@code /proc} says. */
final class Machine {
  private static final Path PROC = Path.of("/proc");

  private Machine() {}

  static Map<String, String> describe() throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    String processor =
        Files.readAllLines(PROC.resolve("cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
    facts.put("cores", Runtime.getRuntime().availableProcessors() + " x " + processor);
    facts.put(
        "memory",
        "%.1f GiB".formatted(kilobytes(PROC.resolve("meminfo"), "MemTotal:") / 1048576.0));
    facts.put("kernel", Files.readString(PROC.resolve("sys/kernel/osrelease")).strip());
    facts.put("java", System.getProperty("java.vendor.version", "") + " " + Runtime.version());
    facts.put("load", Files.readString(PROC.resolve("loadavg")).strip());
    return facts;
  }

  static double load() throws IOException {
    return Double.parseDouble(Files.readString(PROC.resolve("loadavg")).split(" ")[0]);
  }

  private static double kilobytes(Path file, String field) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(field)) {
        return Double.parseDouble(line.substring(field.length()).replace("kB", "").strip());
      }
    }
    throw new IOException(file + " has no " + field);
  }

  /** Proportional share of memory: what is shared counts in part for each who shares it. */
  static double pssMegabytes(long pid) throws IOException {
    return kilobytes(PROC.resolve(pid + "/smaps_rollup"), "Pss:") / 1024;
  }

  /** Of {@link #pssMegabytes}, what somebody shares. */
  static double sharedPssMegabytes(long pid) throws IOException {
    Path file = PROC.resolve(pid + "/smaps_rollup");
    double own = kilobytes(file, "Private_Clean:") + kilobytes(file, "Private_Dirty:");
    return (kilobytes(file, "Pss:") - own) / 1024;
  }

  /** Time on a processor so far; in steps of 10 ms. */
  static double cpuMillis(long pid) throws IOException {
    String stat = Files.readString(PROC.resolve(pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10.0;
  }

  /**
   * How often each of its threads has given up a processor so far, by the thread's id; each time it
   * is woken again.
   */
  static Map<String, Long> waits(long pid) throws IOException {
    Map<String, Long> waits = new LinkedHashMap<>();
    try (var threads = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
      for (Path thread : threads) {
        String id = thread.getFileName().toString();
        for (String line : read(pid, "task/" + id + "/status").split("\n")) {
          if (line.startsWith("voluntary_ctxt_switches:")) {
            waits.put(id, Long.parseLong(line.replaceAll("\\D", "")));
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return waits;
  }

  static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  static boolean alive(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  static List<String> arguments(long pid) {
    return List.of(read(pid, "cmdline").split("\0"));
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(PROC.resolve(pid + "/" + file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // It has ended, or is somebody else's.
      return "";
    }
  }

  /** Processes that have the text in an argument or in their environment; never this one. */
  static List<Long> mentioning(String text) throws IOException {
    return processes(
        pid ->
            pid != ProcessHandle.current().pid()
                && (read(pid, "cmdline").contains(text) || read(pid, "environ").contains(text)));
  }

  static List<Long> withArgument(String argument) throws IOException {
    return processes(pid -> arguments(pid).contains(argument));
  }

  /** The one process that has the argument. */
  static long only(String argument) throws IOException, Unmeasured {
    List<Long> found = withArgument(argument);
    if (found.size() != 1) {
      throw new Unmeasured(found.size() + " processes have the argument " + argument);
    }
    return found.getFirst();
  }

  static List<Long> otherJvms() throws IOException {
    return processes(
        pid ->
            pid != ProcessHandle.current().pid()
                && Path.of(arguments(pid).getFirst()).endsWith("java"));
  }

  private static List<Long> processes(LongPredicate wanted) throws IOException {
    List<Long> found = new ArrayList<>();
    try (var directories = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path directory : directories) {
        long pid = Long.parseLong(directory.getFileName().toString());
        if (wanted.test(pid)) {
          found.add(pid);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }
}
