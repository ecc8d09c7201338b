package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Refuses what can't be run, before anything is made. */
final class SpecCheck {
  private static final Pattern ID = Pattern.compile("[a-z0-9-]{1,80}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private SpecCheck() {}

  static Workload.HostProcess check(InstanceSpec spec, Machine machine) throws RuntimeFailure {
    if (!ID.matcher(spec.id()).matches()) {
      throw invalid(
          "id_invalid",
          "'" + spec.id() + "' is no instance id.",
          "Ids have lower-case letters, digits and '-'.");
    }
    if (!(spec.workload() instanceof Workload.HostProcess process)) {
      throw unsupported(
          "The process runtime runs commands of the host, no images.",
          "Use 'runtime: docker' for images.");
    }
    if (!spec.ports().isEmpty()) {
      throw unsupported(
          "A host process listens on the host's ports itself; they can't be mapped.",
          "Leave out 'ports' and listen on $PORT.");
    }
    Mounts.check(spec, user(process, machine).isPresent());
    if (spec.hostNetwork()) {
      throw unsupported("A host process is always in the host's network.", "Leave out 'network'.");
    }
    checkLimits(spec.limits(), machine);
    checkTexts(spec, process);
    if (process.argv().isEmpty()) {
      throw invalid("program_not_found", "The command is empty.", "Give 'command'.");
    }
    return process;
  }

  private static void checkLimits(Limits limits, Machine machine) throws RuntimeFailure {
    if (limits.cpuMillis() != null && !machine.limitsCpu()) {
      throw unsupported(
          "CPU can't be limited here: no writable cgroup has the cpu controller.",
          "Run Gyre's runtime as root or with a delegated cgroup, or leave out the limit.");
    }
    boolean memory = limits.memoryBytes() != null || limits.memoryReservationBytes() != null;
    if (memory && !machine.limitsMemory()) {
      throw unsupported(
          "Memory can't be limited here: no writable cgroup has the memory controller.",
          "Run Gyre's runtime as root or with a delegated cgroup, or leave out the limit.");
    }
  }

  private static void checkTexts(InstanceSpec spec, Workload.HostProcess process)
      throws RuntimeFailure {
    for (Map.Entry<String, String> variable : spec.environment().entrySet()) {
      if (!VARIABLE.matcher(variable.getKey()).matches()) {
        throw invalid(
            "environment_invalid",
            "The environment variable '" + variable.getKey() + "' can't be set for a host process.",
            "Names have letters, digits and '_', and don't begin with a digit.");
      }
      if (variable.getValue().indexOf('\0') >= 0) {
        throw invalid(
            "environment_invalid",
            "The environment variable '" + variable.getKey() + "' holds a NUL character.",
            null);
      }
    }
    if (process.argv().stream().anyMatch(argument -> argument.indexOf('\0') >= 0)) {
      throw invalid("command_invalid", "The command holds a NUL character.", null);
    }
    checkPort(spec.environment());
  }

  private static void checkPort(Map<String, String> environment) throws RuntimeFailure {
    String port = environment.get("PORT");
    if (port == null) {
      return;
    }
    if (!port.strip().matches("\\d{1,5}")
        || Integer.parseInt(port.strip()) < 1
        || Integer.parseInt(port.strip()) > 65535) {
      throw invalid(
          "port_invalid",
          "PORT is set to '" + port + "', which is no port.",
          "Set a number from 1 to 65535, or leave it out to be given a free one.");
    }
  }

  /** Where it is to run; {@code own} is made with the instance and needn't be there yet. */
  static Path directory(Workload.HostProcess process, Path own) throws RuntimeFailure {
    String given = process.workingDir();
    if (given == null) {
      return own;
    }
    Path directory = Path.of(given);
    if (!directory.isAbsolute() || !Files.isDirectory(directory)) {
      throw invalid(
          "working_dir_missing",
          "The working directory '"
              + given
              + "' "
              + (directory.isAbsolute() ? "isn't there or is no directory." : "isn't absolute."),
          "Create it, or correct 'working_dir'.");
    }
    return directory;
  }

  /** The user to change to; empty where none is given or it is the host's own. */
  static Optional<Users> user(Workload.HostProcess process, Machine machine) throws RuntimeFailure {
    String given = process.user();
    if (given == null) {
      return Optional.empty();
    }
    Users user = Users.resolve(given);
    if (machine.privileged()) {
      return Optional.of(user);
    }
    if (user.uid() != machine.uid() || given.contains(":")) {
      throw invalid(
          "user_not_allowed",
          "Can't run as user '"
              + given
              + "': Gyre's runtime isn't root but uid "
              + machine.uid()
              + ".",
          "Leave out 'user', or run Gyre's runtime as root.");
    }
    return Optional.empty();
  }

  private static RuntimeFailure invalid(String code, String message, @Nullable String hint) {
    return new RuntimeFailure(RuntimeFailure.Kind.INVALID, code, message, hint);
  }

  private static RuntimeFailure unsupported(String message, String hint) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.UNSUPPORTED, "unsupported_by_process_runtime", message, hint);
  }
}
