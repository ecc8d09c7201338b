package io.gyre.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A machine with a real systemd as its first process: a container of systemd-nspawn with a network
 * of its own, whose root is an overlay on the root of this machine. So it has the same programs and
 * the same JDK, and nothing that happens in it is seen outside. It may be switched off and on
 * again; its disk keeps what it had, its {@code /run} and {@code /tmp} don't.
 *
 * <pre>
 * /tmp/gyre-machines/PID-START-N/   PID, START: the process that made it
 *   disk/                           a tmpfs: up/ work/ of the overlay, and root/, where it is mounted
 *   console.log
 * /sys/fs/cgroup/.../gyre-machine-PID-START-N
 * /src in the machine               the checkout or release of Gyre, read only
 * </pre>
 *
 * What a killed test left is removed when the next machine is made.
 */
final class Machine implements AutoCloseable {
  private static final Path MACHINES = Path.of("/tmp/gyre-machines");
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final Duration BOOT = Duration.ofSeconds(60);

  /** What a command ended with. */
  record Result(int exit, String out, String err) {
    Result ok() {
      assertThat(exit).as("exit code; %s%s", out, err).isZero();
      return this;
    }

    String text() {
      return ok().out.strip();
    }
  }

  /** A condition that may not be checkable yet. */
  interface Condition {
    boolean holds() throws Exception;
  }

  private final String id;
  private final Path directory;
  private final Thread atExit = new Thread(this::remove, "machine-removal");
  private @Nullable Process nspawn;
  private long init;

  private Machine(String id) {
    this.id = id;
    this.directory = MACHINES.resolve(id);
  }

  /**
   * Makes a machine and switches it on. Skips the test where that can't be done, except in
   * continuous integration.
   */
  static Machine boot() throws Exception {
    require(host("id -u").out.strip().equals("0"), "root is needed to boot a machine");
    require(
        host("command -v systemd-nspawn && test -x /lib/systemd/systemd").exit == 0,
        "systemd-nspawn is missing; install it: apt-get install systemd systemd-container dbus");
    sweep();
    Machine machine =
        new Machine(
            ProcessHandle.current().pid()
                + "-"
                + startTime(ProcessHandle.current().pid())
                + "-"
                + NUMBER.incrementAndGet());
    Runtime.getRuntime().addShutdownHook(machine.atExit);
    try {
      machine.makeDisk();
      machine.switchOn();
    } catch (Exception | AssertionError e) {
      machine.close();
      throw e;
    }
    return machine;
  }

  private static void require(boolean condition, String reason) {
    if (!condition && "true".equals(System.getenv("CI"))) {
      throw new AssertionError(reason);
    }
    Assumptions.assumeTrue(condition, reason);
  }

  private void makeDisk() throws Exception {
    host("""
            set -e
            mkdir -p %1$s/disk
            mount -t tmpfs -o mode=755 gyre-machine %1$s/disk
            cd %1$s/disk
            mkdir up work root
            mount -t overlay -o lowerdir=/,upperdir=$PWD/up,workdir=$PWD/work gyre-machine root
            cd root
            # Of this machine's own services none starts in that one.
            rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires etc/rc?.d etc/fstab
            rm -rf var/log/journal etc/gyre opt/gyre var/lib/gyre usr/local/bin/gyre
            for unit in systemd-timesyncd systemd-networkd systemd-resolved getty@ console-getty; do
              ln -sf /dev/null etc/systemd/system/$unit.service
            done
            tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
            mkdir -p src
            """
            .formatted(directory))
        .ok();
  }

  /** Boots and waits until all that is to start has started. */
  void switchOn() throws Exception {
    String boot =
        """
        for h in systemd unified .; do
          [ $h != . ] || [ -e /sys/fs/cgroup/cgroup.controllers ] || continue
          [ -d /sys/fs/cgroup/$h ] || continue
          mkdir -p /sys/fs/cgroup/$h/gyre-machine-%1$s
          echo $$ >/sys/fs/cgroup/$h/gyre-machine-%1$s/cgroup.procs
        done
        export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
        exec systemd-nspawn -q -b -D %2$s/disk/root --machine=gyre --register=no --keep-unit \
          --private-network --resolv-conf=off --timezone=off --link-journal=no --console=pipe \
          --bind-ro=%3$s:/src
        """
            .formatted(id, directory, System.getProperty("gyre.root"));
    Process process =
        new ProcessBuilder("sh", "-c", boot)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("console.log").toFile()))
            .start();
    nspawn = process;
    await(BOOT, () -> findInit(process), "the first process of the machine");
    await(
        BOOT,
        () ->
            Stream.of("running", "degraded")
                .anyMatch(run("systemctl", "is-system-running").out.strip()::equals),
        "the machine has started");
  }

  private boolean findInit(Process process) throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError(
          "systemd-nspawn ended: " + Files.readString(directory.resolve("console.log")));
    }
    for (ProcessHandle child : process.children().toList()) {
      if (Files.readString(Path.of("/proc", Long.toString(child.pid()), "status"))
          .matches("(?s).*NSpid:[\\d\\t]*\\t1\\n.*")) {
        init = child.pid();
        return true;
      }
    }
    return false;
  }

  /** Shuts down in order and starts again. */
  void reboot() throws Exception {
    Process process = running();
    run("systemctl", "reboot", "--no-block").ok();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("shuts down").isTrue();
    switchOn();
  }

  /** Ends every process at once, as if the power failed, and starts again. */
  void powerCut() throws Exception {
    Process process = running();
    killAll();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("ends").isTrue();
    switchOn();
  }

  private Process running() {
    if (nspawn == null) {
      throw new IllegalStateException("the machine was never switched on");
    }
    return nspawn;
  }

  /** Runs a command as root in the machine, with no input. */
  Result run(String... command) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target=" + init,
                "--all",
                "--",
                "env",
                "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root",
                "LANG=C.UTF-8"));
    all.addAll(List.of(command));
    return execute(all);
  }

  /** Runs a shell script as root in the machine. */
  Result sh(String script) throws Exception {
    return run("sh", "-c", script);
  }

  /**
   * Calls on a thread that is in the machine's network: sockets that it opens itself are the
   * machine's.
   */
  <T> T inNetwork(Callable<T> call) throws Exception {
    return Network.call(init, call);
  }

  /** A file of the machine, as seen from here while the machine runs. */
  Path file(String path) {
    return Path.of("/proc", Long.toString(init), "root", path);
  }

  /** A property of a unit. */
  String unit(String unit, String property) throws Exception {
    return run("systemctl", "show", "--value", "--property=" + property, unit).text();
  }

  /** Waits for two minutes at most. */
  static void await(Condition condition, String what) throws Exception {
    await(Duration.ofMinutes(2), condition, what);
  }

  static void await(Duration limit, Condition condition, String what) throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    @Nullable Exception last = null;
    while (System.nanoTime() < end) {
      try {
        if (condition.holds()) {
          return;
        }
        last = null;
      } catch (Exception e) {
        last = e;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("not within " + limit.toSeconds() + " s: " + what, last);
  }

  /** Ends everything in the machine's cgroup, on any version of cgroups. */
  private void killAll() throws Exception {
    host("""
            for i in 1 2 3 4 5; do
              pids=$(find /sys/fs/cgroup -path '*/gyre-machine-%1$s*' -name cgroup.procs -exec cat {} + 2>/dev/null)
              pids=$(echo $pids | tr ' ' '\\n' | sort -u | grep -vx 0)
              [ -n "$pids" ] || exit 0
              kill -9 $pids 2>/dev/null
              sleep 0.05
            done
            """
            .formatted(id))
        .ok();
  }

  /** What processes that are gone have left. */
  private static void sweep() throws Exception {
    if (!Files.isDirectory(MACHINES)) {
      return;
    }
    try (Stream<Path> left = Files.list(MACHINES)) {
      for (Path machine : left.toList()) {
        String[] owner = machine.getFileName().toString().split("-", -1);
        if (owner.length == 3 && !owner[1].equals(startTime(Long.parseLong(owner[0])))) {
          new Machine(machine.getFileName().toString()).remove();
        }
      }
    }
  }

  /** In clock ticks since the boot; empty where there is no such process. */
  private static String startTime(long pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
    } catch (java.nio.file.NoSuchFileException e) {
      return "";
    }
  }

  private void remove() {
    try {
      killAll();
      if (nspawn != null && !nspawn.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("systemd-nspawn does not end");
      }
      host("""
              find /sys/fs/cgroup -depth -type d -path '*/gyre-machine-%1$s*' -exec rmdir {} \\; 2>/dev/null
              umount -l %2$s/disk/root %2$s/disk 2>/dev/null
              ! mountpoint -q %2$s/disk && rm -rf --one-file-system %2$s
              """
              .formatted(id, directory))
          .ok();
    } catch (Exception e) {
      throw new IllegalStateException("could not remove " + directory, e);
    }
  }

  /** Ends and forgets the machine. */
  @Override
  public void close() {
    boolean _ = Runtime.getRuntime().removeShutdownHook(atExit);
    remove();
  }

  private static Result host(String script) throws Exception {
    return execute(List.of("sh", "-c", script));
  }

  private static Result execute(List<String> command) throws Exception {
    Path out = Files.createTempFile("machine", ".out");
    Path err = Files.createTempFile("machine", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(180, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "did not end: " + command + "\n" + Files.readString(out) + Files.readString(err));
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
