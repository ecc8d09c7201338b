package io.gyre.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A Docker engine of the run's own, with its own data, socket and addresses; it touches neither the
 * machine's engine nor its packet filter. It goes with the run.
 */
final class Engine implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Lab lab;
  private final Path socket;
  private final int subnet;

  private Engine(Lab lab) {
    this.lab = lab;
    this.socket = lab.docker.resolve("docker.sock");
    this.subnet = Math.floorMod(lab.base.hashCode(), 200) + 20;
  }

  /** Why there can be none, or empty. */
  static String missing() {
    for (String tool : List.of("dockerd", "docker", "busybox", "tar")) {
      if (!Shell.has(tool)) {
        return tool + " is not installed";
      }
    }
    return Shell.must("id", "-u").strip().equals("0") ? "" : "only root can start an engine";
  }

  static Engine start(Lab lab) {
    Engine engine = new Engine(lab);
    engine.start();
    engine.makeImage();
    return engine;
  }

  String address() {
    return "unix://" + socket;
  }

  void start() {
    Path log = lab.docker.resolve("dockerd.log");
    try {
      // Who was killed leaves them, and its pid may seem to live until somebody reaps it.
      Files.deleteIfExists(pidFile());
      Files.deleteIfExists(containerdPidFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String dockerd =
        String.join(
            " ",
            "setsid dockerd",
            "--data-root " + lab.docker.resolve("data"),
            "--exec-root " + lab.docker.resolve("exec"),
            "--pidfile " + pidFile(),
            "--host " + address(),
            "--bridge none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false",
            "--userland-proxy=false --shutdown-timeout 2",
            "--default-address-pool base=10." + subnet + ".0.0/16,size=24",
            ">>" + log + " 2>&1 </dev/null &");
    Shell.must("sh", "-c", dockerd);
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!docker("version").ok()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the engine does not come up, see " + log);
      }
      Shell.pause(50);
    }
  }

  private Path containerdPidFile() {
    return lab.docker.resolve("exec/containerd/containerd.pid");
  }

  private Path pidFile() {
    return lab.docker.resolve("dockerd.pid");
  }

  Shell.Result docker(String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = "docker";
    command[1] = "-H";
    command[2] = address();
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    return Shell.run(LIMIT, Map.of(), List.of(command));
  }

  private void makeImage() {
    Path tree = lab.docker.resolve("image");
    Shell.must(
        "sh",
        "-c",
        "mkdir -p "
            + tree
            + "/bin "
            + tree
            + "/tmp && cp $(command -v busybox) "
            + tree
            + "/bin/busybox && for a in $(busybox --list); do [ $a = busybox ] || ln -sf busybox "
            + tree
            + "/bin/$a; done && tar -C "
            + tree
            + " -c . | docker -H "
            + address()
            + " import - "
            + Workloads.IMAGE);
  }

  long pid() {
    return pid(pidFile());
  }

  private static long pid(Path file) {
    try {
      return Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      return 0;
    }
  }

  /** Names of all containers, running or not. */
  List<String> containers() {
    return docker("ps", "-a", "--format", "{{.Names}}").out().lines().toList();
  }

  /** Its containerd ends with it. */
  void end(String signal) {
    long pid = pid();
    long containerd = pid(containerdPidFile());
    if (pid != 0 && Reality.alive(pid)) {
      Shell.signal(pid, signal);
      long end = System.nanoTime() + LIMIT.toNanos();
      while ((Reality.alive(pid) || Reality.alive(containerd)) && System.nanoTime() < end) {
        Shell.pause(20);
      }
    }
  }

  @Override
  public void close() {
    for (String container : docker("ps", "-aq").out().lines().toList()) {
      docker("rm", "-f", container);
    }
    docker("network", "prune", "-f");
    end("TERM");
    end("KILL");
    // What an engine leaves that could not be asked any more.
    Shell.run(
        "sh",
        "-c",
        "for b in $(ip -o -4 addr | awk '$2 ~ /^br-/ && $4 ~ /^10[.]"
            + subnet
            + "[.]/ { print $2 }'); do ip link del $b; done");
    Shell.run(
        "sh",
        "-c",
        "for m in $(awk '$2 ~ \"^"
            + lab.docker
            + "/\" { print $2 }' /proc/mounts | sort -r); do umount -l $m; done");
  }
}
