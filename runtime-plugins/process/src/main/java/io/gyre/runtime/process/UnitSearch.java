package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out whether keepers can have units here, by starting one. */
final class UnitSearch {
  private static final Logger LOG = LoggerFactory.getLogger(UnitSearch.class);
  private static final Path RUNNING = Path.of("/run/systemd/system");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final String HINT =
      "Set systemd to 'off' in the settings of the process runtime to do without units.";

  private UnitSearch() {}

  /**
   * @param setting auto, on or off
   * @return empty where keepers are to be launched without units
   * @throws RuntimeFailure where the setting asks for what isn't there
   */
  static Optional<Units> find(String setting, int uid) throws RuntimeFailure {
    switch (setting) {
      case "off" -> {
        return Optional.empty();
      }
      case "on" -> {
        return Optional.of(open(uid, false));
      }
      case "auto" -> {
        if (!Files.isDirectory(RUNNING)) {
          return Optional.empty();
        }
        try {
          return Optional.of(open(uid, true));
        } catch (RuntimeFailure e) {
          LOG.warn("keepers are launched without units of systemd: {}", e.getMessage());
          return Optional.empty();
        }
      }
      default ->
          throw new RuntimeFailure(
              RuntimeFailure.Kind.INVALID,
              "setting_invalid",
              "The setting systemd of the process runtime is '" + setting + "'.",
              "Set it to auto, on or off.");
    }
  }

  private static Units open(int uid, boolean needsLinger) throws RuntimeFailure {
    if (!Files.isDirectory(RUNNING)) {
      throw unusable("systemd doesn't run this machine: there is no " + RUNNING);
    }
    boolean system = uid == 0;
    if (!system) {
      checkUserManager(needsLinger);
    }
    Units units =
        new Units(
            Path.of(Machine.tool("systemd-run")),
            Path.of(Machine.tool("systemctl")),
            system,
            controllers(uid));
    try {
      units.probe();
    } catch (IOException e) {
      throw unusable(String.valueOf(e.getMessage()));
    }
    return units;
  }

  /** A user's manager ends with the last session, and all its units with it, unless it lingers. */
  private static void checkUserManager(boolean needsLinger) throws RuntimeFailure {
    String user = Objects.requireNonNullElse(System.getProperty("user.name"), "");
    if (!Files.exists(Units.runtimeDirectory(false).resolve("systemd/private"))) {
      throw unusable("no service manager runs for user " + user);
    }
    if (!Files.exists(Path.of("/var/lib/systemd/linger").resolve(user))) {
      String consequence = "units of user " + user + " would end at logout";
      if (needsLinger) {
        throw unusable(consequence + "; `loginctl enable-linger` changes that");
      }
      LOG.warn("{}; run `loginctl enable-linger`", consequence);
    }
  }

  private static RuntimeFailure unusable(String why) {
    return new RuntimeFailure(RuntimeFailure.Kind.UNAVAILABLE, "systemd_unusable", why + ".", HINT);
  }

  /** What units could be limited in if the setting is auto; found without asking systemd. */
  static Set<String> likelyControllers() {
    try {
      int uid = Machine.ownUid();
      if (!Files.isDirectory(RUNNING)) {
        return Set.of();
      }
      if (uid != 0) {
        checkUserManager(true);
      }
      return controllers(uid);
    } catch (IOException | RuntimeFailure e) {
      return Set.of();
    }
  }

  private static Set<String> controllers(int uid) {
    Path list = CGROUPS.resolve("cgroup.controllers");
    if (Files.exists(list)) {
      return words(uid == 0 ? list : userGroup(uid).resolve("cgroup.controllers"));
    }
    return Set.of("memory", "cpu").stream()
        .filter(controller -> uid == 0 && Files.isDirectory(CGROUPS.resolve(controller)))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Path userGroup(int uid) {
    return CGROUPS.resolve(
        String.format(Locale.ROOT, "user.slice/user-%d.slice/user@%d.service", uid, uid));
  }

  private static Set<String> words(Path file) {
    try {
      return Set.copyOf(Arrays.asList(Files.readString(file).strip().split("\\s+")));
    } catch (IOException e) {
      return Set.of();
    }
  }
}
