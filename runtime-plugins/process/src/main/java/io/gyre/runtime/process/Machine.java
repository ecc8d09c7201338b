package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the plugin needs to know of the machine it runs on.
 *
 * @param bootId differs after every boot
 * @param bootTimeMs when it booted, by the present clock
 * @param uid of this JVM
 * @param units null where keepers are launched without units of systemd
 */
record Machine(String bootId, long bootTimeMs, Cgroups cgroups, int uid, @Nullable Units units) {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  static Machine inspect(Cgroups cgroups) throws RuntimeFailure {
    try {
      String bootId = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
      String uptime = Files.readString(Path.of("/proc/uptime"));
      long uptimeMs =
          Math.round(Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1000);
      return new Machine(bootId, System.currentTimeMillis() - uptimeMs, cgroups, ownUid(), null);
    } catch (IOException | RuntimeException e) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.UNAVAILABLE,
          "proc_unreadable",
          "Can't read /proc: " + e.getMessage(),
          "Host processes need Linux with /proc mounted.",
          e);
    }
  }

  static int ownUid() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  Machine withBootId(String other) {
    return new Machine(other, bootTimeMs, cgroups, uid, units);
  }

  Machine withUnits(@Nullable Units found) {
    return new Machine(bootId, bootTimeMs, cgroups, uid, found);
  }

  boolean limitsCpu() {
    return units == null ? cgroups.cpu() != null : units.controllers().contains("cpu");
  }

  boolean limitsMemory() {
    return units == null ? cgroups.memory() != null : units.controllers().contains("memory");
  }

  boolean privileged() {
    return uid == 0;
  }

  static String path() {
    return Optional.ofNullable(System.getenv("PATH"))
        .filter(path -> !path.isBlank())
        .orElse(DEFAULT_PATH);
  }

  static Map<String, String> baseEnvironment() {
    return Map.of(
        "PATH",
        path(),
        "LANG",
        Optional.ofNullable(System.getenv("LANG"))
            .filter(lang -> !lang.isBlank())
            .orElse("C.UTF-8"));
  }

  /** The absolute path of a program that the plugin itself needs. */
  static String tool(String name) throws RuntimeFailure {
    return Programs.find(name, path() + ":" + DEFAULT_PATH)
        .orElseThrow(
            () ->
                new RuntimeFailure(
                    RuntimeFailure.Kind.UNAVAILABLE,
                    "tool_missing",
                    String.format(Locale.ROOT, "The program '%s' isn't installed.", name),
                    "Install util-linux and coreutils."))
        .toString();
  }
}
