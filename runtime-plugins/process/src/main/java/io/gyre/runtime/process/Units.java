package io.gyre.runtime.process;

import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transient services of systemd, one for each keeper. All of it asks systemd's own programs; any
 * thread may call.
 *
 * <p>The name of a unit tells its instance, and systemd refuses a second unit of a name. So asking
 * twice, also after an answer that was lost, starts one keeper.
 *
 * @param system whether it is the machine's service manager; else it is the user's own
 * @param controllers what it can limit
 */
record Units(Path systemdRun, Path systemctl, boolean system, Set<String> controllers) {
  private static final Logger LOG = LoggerFactory.getLogger(Units.class);
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final String PREFIX = "gyre-w-";
  private static final String SLICE = "gyre-workloads.slice";
  private static final long ANSWER_SECONDS = 10;

  /** PID 1 does one thing at a time; more callers only make it slower for others. */
  private static final Semaphore CALLS = new Semaphore(8);

  /** Starts a unit that ends at once, with all properties that a keeper's has. */
  void probe() throws IOException, RuntimeFailure {
    String name = "gyre-probe-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    List<String> command = new ArrayList<>(run(name + ".service", "Gyre tries systemd"));
    command.addAll(List.of("--", Machine.tool("true")));
    Answer answer = call(command);
    if (answer.code != 0) {
      throw new IOException("systemd starts no transient unit: " + answer.text);
    }
  }

  static String name(String id) {
    return PREFIX + id + ".service";
  }

  private List<String> run(String unit, String description) throws IOException {
    List<String> command = new ArrayList<>(List.of(systemdRun.toString()));
    if (!system) {
      command.add("--user");
    }
    command.addAll(List.of("--quiet", "--collect", "--unit=" + unit, "--slice=" + SLICE));
    command.addAll(List.of("--service-type=exec", "--description=" + description));
    // What is left of a keeper that was killed goes on, and another keeper takes it over.
    properties(command, "KillMode=process", "Restart=on-abnormal", "RestartSec=0");
    properties(command, "StartLimitIntervalSec=10s", "StartLimitBurst=5");
    // The keeper sees to what the kernel killed.
    properties(command, "OOMPolicy=continue", "TasksMax=infinity");
    properties(command, "StandardOutput=journal", "StandardError=journal");
    properties(command, "LimitNOFILE=" + openFiles(), "After=network.target");
    return command;
  }

  private static void properties(List<String> command, String... properties) {
    for (String property : properties) {
      command.addAll(List.of("-p", property));
    }
  }

  /** As many as this JVM may open, as without units. */
  private static String openFiles() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/limits")).stream()
            .filter(each -> each.startsWith("Max open files"))
            .findFirst()
            .orElseThrow(() -> new IOException("/proc/self/limits has no open files"));
    String[] words = line.replace("unlimited", "infinity").split("\\s+");
    return words[3] + ":" + words[4];
  }

  /**
   * Starts a unit.
   *
   * @param afterwards run by systemd when the unit has ended
   * @return why it wasn't started; empty where it was, or where systemd didn't answer in time
   */
  Optional<String> start(Identity identity, List<String> keeper, List<String> afterwards)
      throws IOException, RuntimeFailure {
    String description =
        String.format(
            Locale.ROOT,
            "Gyre workload %s/%s, instance %s",
            identity.namespace(),
            identity.deployment(),
            identity.id());
    List<String> command = new ArrayList<>(run(name(identity.id()), description));
    properties(command, "TimeoutStopSec=" + (identity.graceMs() + 10_000) + "ms");
    properties(command, "SyslogIdentifier=" + identity.id());
    properties(
        command,
        "ExecStopPost=-" + afterwards.stream().map(Units::word).collect(Collectors.joining(" ")));
    limits(identity.limits(), command);
    command.add("--");
    keeper.forEach(argument -> command.add(argument.replace("$", "$$")));
    Answer answer = call(command);
    return answer.code == 0 || answer.late ? Optional.empty() : Optional.of(answer.text);
  }

  /** As in a unit file. */
  private static String word(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("$", "$$") + '"';
  }

  private static void limits(Limits limits, List<String> command) {
    if (limits.memoryBytes() != null) {
      properties(command, "MemoryMax=" + limits.memoryBytes(), "MemorySwapMax=0");
    }
    if (limits.memoryReservationBytes() != null) {
      properties(command, "MemoryLow=" + limits.memoryReservationBytes());
    }
    Long cpu = limits.cpuMillis();
    if (cpu != null) {
      properties(command, "CPUQuota=" + (cpu / 10) + "." + (cpu % 10) + "%");
    }
  }

  /** The keeper's file about its groups, see keeper.sh; it finds those of its unit by itself. */
  static String groups(String unit, Limits limits) {
    List<String> settings = new ArrayList<>();
    if (!Files.exists(CGROUPS.resolve("cgroup.controllers"))) {
      // Systemd has no properties for these two of version 1.
      if (limits.memoryBytes() != null) {
        settings.add("memory.memsw.limit_in_bytes=" + limits.memoryBytes());
      }
      if (limits.memoryReservationBytes() != null) {
        settings.add("memory.soft_limit_in_bytes=" + limits.memoryReservationBytes());
      }
    }
    return "cgroup='' join='' settings='"
        + String.join(" ", settings)
        + "'\n"
        + InstanceDirectory.UNIT
        + unit
        + "\n";
  }

  /**
   * @param active as systemd says: active, inactive, failed, activating, deactivating
   * @param command what it was made to run
   */
  record State(boolean loaded, String active, String command) {
    boolean over() {
      return active.equals("inactive") || active.equals("failed");
    }
  }

  State state(String unit) throws IOException, RuntimeFailure {
    Answer answer =
        call(control("show", "-p", "LoadState", "-p", "ActiveState", "-p", "ExecStart", unit));
    Map<String, String> values =
        answer
            .text
            .lines()
            .map(line -> line.split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (one, _) -> one));
    return new State(
        !values.getOrDefault("LoadState", "not-found").equals("not-found"),
        values.getOrDefault("ActiveState", "inactive"),
        values.getOrDefault("ExecStart", ""));
  }

  /** Starts a unit that has ended but is still there, because processes are left in its group. */
  void startAgain(String unit) throws IOException, RuntimeFailure {
    var _ = call(control("reset-failed", unit));
    var _ = call(control("start", unit));
  }

  /** Ends a unit and has systemd forget it. */
  void end(String unit) throws IOException, RuntimeFailure {
    var _ = call(control("stop", unit));
    var _ = call(control("reset-failed", unit));
  }

  /** For units made while another setting or user was in force. */
  static Units toEnd(int uid) throws RuntimeFailure {
    return new Units(
        Path.of("systemd-run"), Path.of(Machine.tool("systemctl")), uid == 0, Set.of());
  }

  /** Whether systemd knows a transient unit of this name. */
  static boolean known(String unit, int uid) {
    return Files.exists(runtimeDirectory(uid == 0).resolve("systemd/transient").resolve(unit));
  }

  static Path runtimeDirectory(boolean system) {
    String given = System.getenv("XDG_RUNTIME_DIR");
    return Path.of(system || given == null ? "/run" : given);
  }

  private List<String> control(String... arguments) {
    List<String> command = new ArrayList<>(List.of(systemctl.toString()));
    if (!system) {
      command.add("--user");
    }
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * @param late whether it hasn't ended in time; what it asked for may have been done all the same
   */
  private record Answer(int code, String text, boolean late) {}

  private static Answer call(List<String> command) throws IOException, RuntimeFailure {
    CALLS.acquireUninterruptibly();
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        LOG.warn("systemd doesn't answer `{}` within {} s", command.getFirst(), ANSWER_SECONDS);
        return new Answer(-1, "no answer", true);
      }
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return new Answer(process.exitValue(), text, false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProcessWorkloadRuntime.closed();
    } finally {
      CALLS.release();
    }
  }
}
