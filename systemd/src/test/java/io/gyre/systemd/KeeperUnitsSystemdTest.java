package io.gyre.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The process runtime where systemd runs. The controllers of this machine's cgroups aren't in the
 * other machine's, so that no limit is tried here.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class KeeperUnitsSystemdTest {
  private static final String STATE = "/var/lib/process-runtime";
  private static final String CLASSES = "/var/lib/classes";
  private static final String PLUGIN = "io.gyre.runtime.process.";

  /** A machine with a copy of all that this JVM's classes are in, which a build may replace. */
  private static Machine boot() throws Exception {
    Machine machine = Machine.boot();
    try {
      StringBuilder script = new StringBuilder("set -e; mkdir " + CLASSES + "\n");
      for (Map.Entry<String, String> entry : classPath().entrySet()) {
        script.append("cp -r '").append(entry.getKey()).append("' ").append(entry.getValue());
        script.append('\n');
      }
      machine.sh(script.toString()).ok();
      return machine;
    } catch (Exception | AssertionError e) {
      machine.close();
      throw e;
    }
  }

  /** Where the machine sees it, to where it is copied. */
  private static Map<String, String> classPath() {
    Map<String, String> places = new LinkedHashMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!entry.isEmpty() && Files.exists(Path.of(entry))) {
        String kind = entry.endsWith(".jar") ? ".jar" : "";
        places.put(
            entry.replace(System.getProperty("gyre.root") + "/", "/src/"),
            CLASSES + "/" + places.size() + kind);
      }
    }
    return places;
  }

  private static Machine.Result java(Machine machine, Class<?> main, List<String> arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", String.join(":", classPath().values()), main.getName()));
    command.addAll(arguments);
    return machine.run(command.toArray(String[]::new));
  }

  @Test
  void theTestsOfTheProcessRuntimePass() throws Exception {
    try (Machine machine = boot()) {
      for (String test : List.of("UnitsContractTest", "UnitsTest", "KeeperDeathTest")) {
        String output = java(machine, TestsInMachine.class, List.of(PLUGIN + test)).text();
        assertThat(output).contains(" failed=0 skipped=0").doesNotContain("succeeded=0 ");
      }
      assertThat(units(machine)).isEmpty();
    }
  }

  @Test
  void afterARebootWhatRanRunsAgainAndTheRestDoesNot() throws Exception {
    try (Machine machine = boot()) {
      machine.sh("mkdir -m 700 " + STATE).ok();
      List<String> before =
          host(machine, "on", "start", "kept", "once", "job", "start", "halted", "stop", "halted");
      assertThat(states(before)).containsExactly("halted STOPPED", "job RUNNING", "kept RUNNING");
      assertThat(units(machine)).containsExactly("gyre-w-job.service", "gyre-w-kept.service");
      assertThat(host(machine, "on")).as("the next host finds the same").isEqualTo(before);

      // Told to end, a job that is never restarted has ended.
      machine.reboot();
      assertThat(units(machine)).isEmpty();
      List<String> rebooted = host(machine, "on");
      assertThat(states(rebooted)).containsExactly("halted STOPPED", "job EXITED", "kept RUNNING");
      assertThat(rebooted.getLast()).as("a restart is counted").endsWith(" 1");
      assertThat(units(machine)).containsExactly("gyre-w-kept.service");

      machine.powerCut();
      assertThat(states(host(machine, "on")))
          .containsExactly("halted STOPPED", "job EXITED", "kept RUNNING");
      assertThat(machine.run("pgrep", "-xc", "sleep").text()).isEqualTo("1");
    }
  }

  /** Instances, their pids and restarts, as a host that dies at once sees them. */
  private static List<String> host(Machine machine, String systemd, String... orders)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of(STATE, systemd));
    arguments.addAll(List.of(orders));
    return java(machine, HostInMachine.class, arguments)
        .text()
        .lines()
        .filter(line -> line.matches("\\S+ [A-Z]+ (\\d+|null) \\d+"))
        .sorted()
        .toList();
  }

  private static List<String> states(List<String> instances) {
    return instances.stream().map(line -> line.replaceAll(" (\\d+|null) \\d+$", "")).toList();
  }

  private static List<String> units(Machine machine) throws Exception {
    return machine
        .run("systemctl", "list-units", "--all", "--plain", "--no-legend", "gyre-w-*")
        .text()
        .lines()
        .map(line -> line.strip().split(" ")[0])
        .sorted()
        .toList();
  }
}
