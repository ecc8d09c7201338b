package com.example.gyre.sandbox;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The entry of the plugin. A workload of this runtime is a command of the host that sees and
 * signals no process but its own, has a host name and mounts of its own and, where the setting
 * {@code network} is {@code none}, no network. Nothing that it starts outlives it.
 *
 * <p>Needs root, and {@code unshare}, {@code nsenter}, {@code setsid} and {@code flock} of
 * util-linux.
 */
public final class SandboxPlugin implements RuntimePlugin {
  /** What the tools are found by; a workload's own PATH is the spec's. */
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final Set<Capability> CAPABILITIES =
      Set.of(Capability.PROCESS, Capability.LOGS, Capability.EXEC);

  @Override
  public RuntimeDescription describe() {
    String version = getClass().getPackage().getImplementationVersion();
    return new RuntimeDescription(
        "sandbox", Objects.requireNonNullElse(version, "development"), CAPABILITIES);
  }

  @Override
  public WorkloadRuntime open(RuntimeContext context) throws RuntimeFailure {
    List<String> namespaces = namespaces(context.settings());
    probe(namespaces);
    try {
      return SandboxRuntime.open(context, script(context.stateDirectory()), namespaces);
    } catch (IOException e) {
      throw Failures.disk(e);
    }
  }

  /** The namespaces beside those of processes and mounts, as options of unshare. */
  private static List<String> namespaces(Map<String, String> settings) throws RuntimeFailure {
    Set<String> unknown = new TreeSet<>(settings.keySet());
    unknown.remove("network");
    if (!unknown.isEmpty()) {
      throw new RuntimeFailure(
          Kind.INVALID,
          "setting_unknown",
          "The sandbox runtime has no settings " + unknown + ".",
          "Its only setting is network: host or none.");
    }
    List<String> options = new ArrayList<>(List.of("--uts", "--ipc"));
    switch (settings.getOrDefault("network", "host")) {
      case "host" -> {}
      case "none" -> options.add("--net");
      default ->
          throw new RuntimeFailure(
              Kind.INVALID,
              "setting_invalid",
              "The setting network is '" + settings.get("network") + "'.",
              "Use host or none.");
    }
    return options;
  }

  /** Makes a sandbox of which nothing is left, so that what is missing is said at once. */
  private static void probe(List<String> namespaces) throws RuntimeFailure {
    List<String> command = new ArrayList<>(List.of("unshare", "--fork", "--kill-child", "--pid"));
    command.addAll(List.of("--mount", "--mount-proc"));
    command.addAll(namespaces);
    command.addAll(List.of("--", "sh", "-c", "command -v nsenter setsid flock >/dev/null"));
    try {
      Process process = tool(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes()).strip();
      if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw unusable(said);
      }
    } catch (IOException e) {
      throw unusable(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unusable("interrupted");
    }
  }

  private static RuntimeFailure unusable(String why) {
    return new RuntimeFailure(
        Kind.UNAVAILABLE,
        "namespaces_unavailable",
        "No sandbox can be made here: " + (why.isEmpty() ? "nsenter or flock is missing" : why),
        "Run Gyre's runtime as root, and install util-linux.");
  }

  /** A tool of the host with nothing of our own environment. */
  static ProcessBuilder tool(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    return builder;
  }

  /** Replaced, never overwritten: shells of an earlier version may be reading the old one. */
  private static Path script(Path directory) throws IOException {
    Path script = directory.resolve("sandbox.sh");
    Path next = directory.resolve("sandbox.sh.new");
    try (InputStream text = SandboxPlugin.class.getResourceAsStream("sandbox.sh")) {
      Files.copy(Objects.requireNonNull(text), next, StandardCopyOption.REPLACE_EXISTING);
    }
    return Files.move(next, script, StandardCopyOption.ATOMIC_MOVE);
  }
}
