package io.gyre.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** One machine on which Gyre is installed, used, attacked, upgraded and removed, in this order. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class InstalledGyreSystemTest {
  private static final int RESTARTS = 20;
  private static final int REQUESTS = 10_000;

  /** On a busy machine a restart takes its time; what it takes on a quiet one is printed. */
  private static final long RESTART_LIMIT_MS = 20_000;

  private static final String WORKLOADS =
      """
      deployments:
        web:
          replicas: 2
          process:
            command: exec sleep 100000
            stop_grace: 1s
        halted:
          replicas: 1
          process:
            command: exec sleep 100001
            stop_grace: 1s
      """;

  private Machine machine;
  private InstalledGyre gyre;
  private Map<String, Long> web = Map.of();

  @BeforeAll
  void boot() throws Exception {
    machine = Machine.boot();
    gyre = new InstalledGyre(machine);
  }

  @AfterAll
  void stop() {
    if (machine != null) {
      machine.close();
    }
  }

  private void assertWorkloadsUntouched() throws Exception {
    assertThat(gyre.alive(web)).as("workloads live").isTrue();
    Machine.await(() -> gyre.running("web", 2), "web runs");
    assertThat(gyre.pids("web")).isEqualTo(web);
  }

  @Test
  @Order(1)
  void refusesToInstallAndSaysAllThatIsWrong() throws Exception {
    Machine.Result refused =
        machine.run(
            "setpriv",
            "--reuid=65534",
            "--clear-groups",
            "env",
            "GYRE_NO_BUILD=1",
            "/src/gyre",
            "install",
            "--listen",
            "nowhere");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("not root").contains("--listen nowhere is not ADDRESS:PORT");
    machine.sh("systemd-run --unit=taken --socket-property=ListenStream=127.0.0.1:7070 true").ok();
    assertThat(gyre.install().err()).contains("port 7070 is in use");
    machine.run("systemctl", "stop", "taken.socket").ok();
    assertThat(machine.file("opt/gyre")).doesNotExist();
  }

  @Test
  @Order(2)
  void isInstalledReadyAndHardened() throws Exception {
    gyre.install().ok();
    gyre.awaitReady();
    assertThat(gyre.run("status").text()).contains("run by: systemd").doesNotContain("supervisor");
    assertThat(gyre.run("doctor").out()).contains("shared by the units of systemd");
    machine.sh("test -s /opt/gyre/current/gyre.jsa").ok();
    assertThat(user("gyre-api.service")).isEqualTo("gyre");
    assertThat(user("gyre-reconciler.service")).isEqualTo("gyre");
    assertThat(user("gyre-runtime.service")).isEqualTo("root");
    assertThat(machine.sh("ls -d /var/lib/gyre/runtimes/.native/*/*sqlite*").text())
        .as("root loads no library that another user may write")
        .contains("sqlite");
    assertThat(
            machine.sh("stat -c '%U %a' /var/lib/gyre/admin-token /var/lib/gyre/runtimes").text())
        .isEqualTo("gyre 600\nroot 700");
    assertThat(machine.sh("setpriv --reuid=65534 --clear-groups ls /var/lib/gyre").exit())
        .isNotZero();
    Machine.Result verified =
        machine.sh("systemd-analyze verify /usr/local/lib/systemd/system/gyre*");
    assertThat(verified.out() + verified.err()).doesNotContain("gyre");
    for (String unit : List.of("gyre-api.service", "gyre-reconciler.service")) {
      machine.run("systemd-analyze", "security", "--threshold=20", "--no-pager", unit).ok();
    }
  }

  private String user(String unit) throws Exception {
    return machine.sh("ps -o user= -p " + gyre.mainPid(unit)).text();
  }

  @Test
  @Order(3)
  void installingAgainChangesNothing() throws Exception {
    Map<String, Long> before = mainPids();
    gyre.install().ok();
    assertThat(mainPids()).isEqualTo(before);
    gyre.apply(WORKLOADS);
    gyre.run("scale", "halted=0").ok();
    Machine.await(() -> gyre.pids("halted").isEmpty(), "halted is halted");
    web = gyre.pids("web");
    assertThat(web).hasSize(2);
  }

  private Map<String, Long> mainPids() throws Exception {
    Map<String, Long> pids = new TreeMap<>();
    for (String unit : InstalledGyre.UNITS) {
      pids.put(unit, gyre.mainPid(unit));
    }
    return pids;
  }

  @Test
  @Order(4)
  void noRequestIsRefusedOrFailsWhileTheApiIsRestarted() throws Exception {
    List<Long> restartsMs = new ArrayList<>();
    List<Long> seen;
    int connections;
    int answered;
    try (EventWatcher watcher = EventWatcher.start(machine, gyre.token())) {
      try (Load load = Load.start(machine, gyre.token())) {
        for (int i = 0; i < RESTARTS; i++) {
          int before = load.answered.get();
          int pace = (REQUESTS - before) / (RESTARTS - i);
          restartsMs.add(restart("gyre-api.service"));
          if (i % 5 == 0) {
            gyre.run("scale", "halted=" + (1 - i / 5 % 2)).ok();
          }
          Machine.await(
              () -> load.answered.get() >= before + pace || !load.failed.isEmpty(), "answers");
        }
        Machine.await(
            () -> load.answered.get() >= REQUESTS || !load.failed.isEmpty(), "all answers");
        load.finish();
        assertThat(load.refused).as("refused").isEmpty();
        assertThat(load.failed).as("failed").isEmpty();
        answered = load.answered.get();
      }
      gyre.run("scale", "halted=0").ok();
      Machine.await(() -> gyre.pids("halted").isEmpty(), "halted is halted");
      long newest = gyre.get("/v1/events?limit=1").path("last_seq").asLong();
      Machine.await(() -> watcher.seen().contains(newest), "the newest event");
      seen = watcher.seen();
      connections = watcher.connections.get();
    }
    List<Long> all = new ArrayList<>();
    for (JsonNode event : gyre.get("/v1/events?after=0&limit=500").path("items")) {
      all.add(event.path("seq").asLong());
    }
    assertThat(seen.stream().filter(number -> number <= all.getLast())).isEqualTo(all);
    assertThat(seen).doesNotHaveDuplicates().isSorted();
    assertThat(connections).isGreaterThan(RESTARTS / 2);
    report("gyre-api.service under load", restartsMs);
    System.out.println(answered + " requests during " + RESTARTS + " restarts");
    assertWorkloadsUntouched();
  }

  /** Milliseconds until it is ready again. */
  private long restart(String unit) throws Exception {
    long pid = gyre.mainPid(unit);
    long start = System.nanoTime();
    machine.run("systemctl", "restart", unit).ok();
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertThat(gyre.mainPid(unit)).isNotEqualTo(pid);
    assertThat(gyre.ready(unit)).isTrue();
    return took;
  }

  private static void report(String what, List<Long> tookMs) {
    System.out.println(
        what + ": restart to ready, median " + InstalledGyre.median(tookMs) + " ms of " + tookMs);
    assertThat(InstalledGyre.median(tookMs)).isLessThan(RESTART_LIMIT_MS);
  }

  @Test
  @Order(5)
  void anyUnitIsRestartedAndKilledAgainAndAgain() throws Exception {
    try (Load load = Load.start(machine, gyre.token())) {
      for (String unit : List.of("gyre-reconciler.service", "gyre-runtime.service")) {
        List<Long> tookMs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          tookMs.add(restart(unit));
        }
        report(unit + " under load", tookMs);
      }
      load.finish();
      assertThat(load.refused).isEmpty();
      assertThat(load.failed).isEmpty();
    }
    // More often than the default start limit allows.
    for (int i = 0; i < 6; i++) {
      for (String unit : InstalledGyre.UNITS) {
        kill(unit);
      }
      gyre.awaitReady();
    }
    assertWorkloadsUntouched();
    long victim = web.values().iterator().next();
    kill("gyre-runtime.service");
    machine.run("kill", "-9", Long.toString(victim)).ok();
    gyre.awaitReady();
    Machine.await(
        () -> gyre.running("web", 2) && !gyre.pids("web").containsValue(victim),
        "the killed workload is back");
    web = gyre.pids("web");
  }

  private void kill(String unit) throws Exception {
    long pid = gyre.mainPid(unit);
    machine.run("kill", "-9", Long.toString(pid)).ok();
    Machine.await(() -> gyre.mainPid(unit) != pid && gyre.ready(unit), unit + " is back");
  }

  @Test
  @Order(6)
  void aComponentThatHangsIsStartedAgain() throws Exception {
    for (String unit : InstalledGyre.UNITS) {
      dropIn(unit, "WatchdogSec=3s\n");
    }
    Map<String, Long> healthy = mainPids();
    for (String unit : InstalledGyre.UNITS) {
      Set<String> signs = new HashSet<>();
      Machine.await(
          () -> {
            signs.add(machine.unit(unit, "WatchdogTimestampMonotonic"));
            return signs.size() > 8;
          },
          unit + " gives signs of life");
    }
    assertThat(mainPids()).as("signs of life keep them").isEqualTo(healthy);
    for (Long pid : healthy.values()) {
      machine.run("kill", "-STOP", Long.toString(pid)).ok();
    }
    for (String unit : InstalledGyre.UNITS) {
      Machine.await(
          () -> !healthy.containsValue(gyre.mainPid(unit)) && gyre.ready(unit), unit + " is back");
      assertThat(machine.run("journalctl", "-u", unit, "--no-pager").text())
          .contains("Watchdog timeout");
    }
    for (String unit : InstalledGyre.UNITS) {
      dropIn(unit, "");
    }
    assertWorkloadsUntouched();
  }

  /** Settings for as long as the machine runs. */
  private void dropIn(String unit, String settings) throws Exception {
    Path directory = machine.file("run/systemd/system/" + unit + ".d");
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("test.conf"), "[Service]\n" + settings);
    machine.run("systemctl", "daemon-reload").ok();
    machine.run("systemctl", "restart", unit).ok();
  }

  @Test
  @Order(7)
  void aComponentOfWhichOneLoopHangsSaysWhereAndIsStartedAgain() throws Exception {
    String unit = "gyre-reconciler.service";
    machine.sh("install -d -o gyre -g gyre /var/lib/gyre/failpoints").ok();
    dropIn(unit, "WatchdogSec=3s\nEnvironment=GYRE_FAILPOINTS=/var/lib/gyre/failpoints\n");
    long pid = gyre.mainPid(unit);
    machine.sh("echo pause 600000 >/var/lib/gyre/failpoints/bus.read.handled").ok();
    gyre.run("scale", "halted=1").ok();
    Machine.await(() -> gyre.mainPid(unit) != pid && gyre.ready(unit), unit + " is back");
    assertThat(machine.run("journalctl", "-u", unit, "_PID=" + pid, "--no-pager").text())
        .contains("bus has given no sign of life")
        .contains("\"bus-reader\"")
        .contains("io.gyre.model.Failpoints.hit");
    Machine.await(() -> gyre.running("halted", 1), "what was asked for meanwhile");
    gyre.run("scale", "halted=0").ok();
    Machine.await(() -> gyre.pids("halted").isEmpty(), "halted is halted");
    dropIn(unit, "");
    assertWorkloadsUntouched();
  }

  @Test
  @Order(8)
  void aCredentialIsHandedToWhoNeedsIt() throws Exception {
    machine.sh("mkdir -p /etc/credstore && umask 077 && echo secret >/etc/credstore/gyre.kek").ok();
    long pid = gyre.mainPid("gyre-api.service");
    assertThat(restart("gyre-api.service")).isPositive();
    assertThat(machine.sh("cat /run/credentials/gyre-api.service/gyre.kek").text())
        .isEqualTo("secret");
    assertThat(gyre.mainPid("gyre-api.service")).isNotEqualTo(pid);
    machine.sh("rm -r /etc/credstore && systemctl restart gyre-api").ok();
  }

  @Test
  @Order(9)
  void afterARebootWhatRanRunsAndWhatWasStoppedIsNot() throws Exception {
    machine.reboot();
    gyre.awaitReady();
    Machine.await(() -> gyre.running("web", 2), "web runs again");
    assertThat(gyre.pids("web")).hasSize(2);
    assertThat(gyre.pids("halted")).isEmpty();
    machine.powerCut();
    gyre.awaitReady();
    Machine.await(() -> gyre.running("web", 2), "web runs after a power cut");
    assertThat(gyre.pids("halted")).isEmpty();
    web = gyre.pids("web");
    assertThat(gyre.alive(web)).isTrue();
  }

  @Test
  @Order(10)
  void anUpgradeRestartsTheComponentsAndKeepsTheOldRelease() throws Exception {
    String old = machine.run("readlink", "/opt/gyre/current").text();
    machine
        .sh(
            "mkdir /root/newer && cp -R /src/gyre /src/systemd /root/newer/ && mkdir -p /root/newer/dist/target")
        .ok();
    machine
        .sh(
            "cp -R /src/dist/target/gyre /root/newer/dist/target/ && echo '# newer' >>/root/newer/gyre")
        .ok();
    Map<String, Long> before = mainPids();
    try (Load load = Load.start(machine, gyre.token())) {
      gyre.installFrom("/root/newer", "--no-archive").ok();
      load.finish();
      assertThat(load.refused).isEmpty();
      assertThat(load.failed).isEmpty();
    }
    assertThat(machine.run("readlink", "/opt/gyre/current").text()).isNotEqualTo(old);
    machine.run("test", "-d", old).ok();
    assertThat(mainPids().values()).doesNotContainAnyElementsOf(before.values());
    assertWorkloadsUntouched();
  }

  @Test
  @Order(11)
  void uninstallLeavesWorkloadsWhichTheNextInstallTakesOver() throws Exception {
    assertThat(gyre.run("uninstall", "--purge").err()).contains("workloads are left");
    gyre.run("uninstall").ok();
    assertThat(gyre.alive(web)).isTrue();
    assertThat(machine.run("systemctl", "list-unit-files", "gyre*", "--no-legend").text())
        .doesNotContain("gyre-api");
    assertThat(machine.file("opt/gyre")).doesNotExist();
    gyre.install("--no-archive").ok();
    gyre.awaitReady();
    assertWorkloadsUntouched();
  }

  @Test
  @Order(12)
  void uninstallRemovesAllThatItIsAskedTo() throws Exception {
    gyre.run("uninstall", "--workloads", "--purge").ok();
    assertThat(gyre.alive(web)).isFalse();
    assertThat(machine.run("pgrep", "-f", "sleep 100000|keeper|io.gyre").out()).isBlank();
    for (String file : List.of("var/lib/gyre", "etc/gyre", "opt/gyre", "usr/local/bin/gyre")) {
      assertThat(machine.file(file)).doesNotExist();
    }
    assertThat(machine.sh("systemctl --failed --no-legend --plain").text()).isEmpty();
    assertThat(machine.sh("id gyre").exit()).isNotZero();
  }
}
