package io.gyre.runtime.docker;

import io.gyre.runtime.testkit.Await;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A dockerd with directories of its own, without networks, that a test may kill. */
final class PrivateDockerd implements AutoCloseable {
  private static final String CGROUP = "/gyre-test-" + ProcessHandle.current().pid();

  private final Path directory;
  private @Nullable Process process;

  PrivateDockerd(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  String host() {
    return "unix://" + directory.resolve("d.sock");
  }

  /** Where containerd keeps what belongs to a running container. */
  Path taskOf(String container) {
    return directory.resolve(
        "exec/containerd/daemon/io.containerd.runtime.v2.task/moby/" + container);
  }

  void start() throws IOException {
    Files.deleteIfExists(directory.resolve("pid"));
    File log = directory.resolve("log").toFile();
    process =
        new ProcessBuilder(
                List.of(
                    "dockerd",
                    "--data-root",
                    directory.resolve("data").toString(),
                    "--exec-root",
                    directory.resolve("exec").toString(),
                    "--pidfile",
                    directory.resolve("pid").toString(),
                    "--cgroup-parent",
                    CGROUP,
                    "--iptables=false",
                    "--ip-forward=false",
                    "--ip-masq=false",
                    "--bridge=none",
                    "-H",
                    host()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start();
    TestEngine engine = new TestEngine(host());
    Await.until(
        Duration.ofSeconds(60),
        () -> engine.run(List.of("version")).code() == 0,
        () -> "a dockerd: " + text(log.toPath()));
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** An orderly end: its containers end with it. */
  void stop() throws InterruptedException {
    end(false);
  }

  /** SIGKILL: its containers live on for now. */
  void kill() throws IOException, InterruptedException {
    String containerd = Files.readString(directory.resolve("exec/containerd/containerd.pid"));
    end(true);
    // A new dockerd would wait in vain for the old containerd, which dies a moment after the old.
    Path process = Path.of("/proc", containerd.strip());
    Await.until(() -> !Files.exists(process), () -> "the end of containerd " + containerd);
  }

  private void end(boolean forcibly) throws InterruptedException {
    Process running = process;
    if (running == null) {
      return;
    }
    if (forcibly) {
      running.destroyForcibly();
    } else {
      running.destroy();
    }
    if (!running.waitFor(30, TimeUnit.SECONDS)) {
      running.destroyForcibly().waitFor();
    }
  }

  /** Ends it, and every process that is its own by its command line or its cgroup. */
  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Await.until(
        () -> {
          List<ProcessHandle> left = left();
          left.forEach(ProcessHandle::destroyForcibly);
          return left.isEmpty();
        },
        () -> "its processes to end: " + left());
    unmount();
  }

  private List<ProcessHandle> left() {
    List<ProcessHandle> found = new ArrayList<>();
    ProcessHandle.allProcesses()
        .filter(
            handle ->
                read(handle.pid(), "cmdline").contains(directory.toString())
                    || read(handle.pid(), "cgroup").contains(CGROUP))
        .forEach(found::add);
    return found;
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException e) {
      return "";
    }
  }

  private void unmount() throws IOException {
    List<String> mounted =
        Files.readAllLines(Path.of("/proc/mounts")).stream()
            .map(line -> line.split(" ", 3)[1])
            .filter(path -> path.startsWith(directory.toString()))
            .toList()
            .reversed();
    for (String path : mounted) {
      TestEngine.process(List.of("umount", "-l", path));
    }
    TestEngine.process(List.of("rm", "-rf", directory.toString()));
    TestEngine.process(
        List.of(
            "sh",
            "-c",
            "find /sys/fs/cgroup -depth -type d -path '*" + CGROUP + "*' -exec rmdir {} +"));
  }
}
