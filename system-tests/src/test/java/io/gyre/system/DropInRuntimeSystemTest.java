package io.gyre.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A runtime that this repository doesn't know, built by its own Maven project against what Gyre
 * publishes, is dropped in while Gyre runs. Follows {@code docs/write-a-runtime.md} to the letter.
 */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
final class DropInRuntimeSystemTest {
  /** Far above what is promised, for busy machines; what it really took is printed. */
  private static final long SOON_MS = 5_000;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private Gyre gyre;
  private Path project;
  private RuntimeGuide guide;

  @BeforeEach
  void start() throws Exception {
    requireNamespaces();
    gyre = new Gyre(directory.resolve("home"), "");
    project = directory.resolve("project");
    copy(gyre.root.resolve("examples/runtime-sandbox"), project);
    guide = RuntimeGuide.read(gyre.root.resolve("docs/write-a-runtime.md"), project);
    linkRepository();
  }

  @AfterEach
  void stop() throws Exception {
    if (gyre != null) {
      gyre.close();
    }
  }

  private static void requireNamespaces() throws Exception {
    Process probe =
        new ProcessBuilder("unshare", "--fork", "--pid", "--mount-proc", "true")
            .redirectErrorStream(true)
            .start();
    String said = new String(probe.getInputStream().readAllBytes(), UTF_8).strip();
    if (probe.waitFor() != 0) {
      String reason = "namespaces can't be made here, the example needs root: " + said;
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError(reason);
      }
      Assumptions.abort(reason);
    }
  }

  @Test
  void theGuideShowsTheExample() {
    assertThat(guide.problems).isEmpty();
    assertThat(guide.excerpts).isGreaterThan(5);
    assertThat(guide.commands).containsOnlyKeys("sdk", "build", "drop", "use", "swap", "delete");
  }

  @Test
  void aRuntimeOfSomebodyElseIsBuiltDroppedInAndReplacedUnderItsWorkload() throws Exception {
    gyre.up();
    follow("sdk");
    follow("build");
    assertThat(testsRun()).as("tests of the kit that the example passed").isGreaterThan(50);
    refusedForNow();
    follow("drop");
    assertThat(gyre.run("get", "runtimes").ok().out())
        .containsPattern("sandbox +ready +1\\.0\\.0 .* EXEC LOGS PROCESS");
    String used = follow("use");
    assertThat(used).contains("there are only these processes");
    assertThat(used.lines().filter(line -> line.matches(" +\\d+ .*"))).hasSizeLessThan(10);
    JsonNode instance = gyre.instances("sandboxed").getFirst();
    assertThat(instance.path("restarts").asInt()).isZero();
    long pid = instance.path("pid").asLong();

    killHost();
    awaitRunning(pid);
    follow("swap");
    assertThat(version()).isEqualTo("1.0.1");
    awaitRunning(pid);

    crash(pid);
    refusesWhatItCannotDo();
    follow("delete");
    assertThat(gyre.instances("sandboxed")).isEmpty();
    assertThat(sandboxes()).as("directories of sandboxes").isEmpty();
    assertThat(processes()).as("processes of sandboxes").isEmpty();
  }

  @Test
  void aJarIsNoticedAtOnceAndEachVersionKeepsTheWorkload() throws Exception {
    gyre.up();
    follow("sdk");
    List<Path> jars = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      sh("mvn -B -q package -DskipTests -Drevision=1.0." + i);
      jars.add(Files.move(project.resolve("target/sandbox.jar"), directory.resolve("1.0." + i)));
    }
    long[] took = new long[jars.size()];
    took[0] = drop(jars.getFirst(), "1.0.1");
    assertThat(took[0]).as("ms until the new runtime was listed").isLessThan(SOON_MS);
    Path manifest = project.resolve("sandbox.yaml");
    gyre.run("apply", "-f", manifest.toString(), "--wait", "--timeout", "60s").ok();
    Map<String, Long> before = gyre.pids("sandboxed");
    for (int i = 1; i < took.length; i++) {
      took[i] = drop(jars.get(i), "1.0." + (i + 1));
    }
    assertThat(gyre.pids("sandboxed")).isEqualTo(before);
    long[] swaps = Arrays.stream(took, 1, took.length).sorted().toArray();
    System.out.printf(
        "drop-in: new runtime listed after %d ms; new versions after %s ms, median %d%n",
        took[0], Arrays.toString(swaps), swaps[swaps.length / 2]);
    assertThat(swaps[swaps.length / 2]).as("median ms of a swap").isLessThan(SOON_MS);
    gyre.run("delete", "sandboxed", "--wait").ok();
    assertThat(processes()).isEmpty();
  }

  /** What the API answers before the plugin is there. */
  private void refusedForNow() throws Exception {
    Gyre.Result refused = gyre.run("apply", "-f", project.resolve("sandbox.yaml").toString());
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("deployments.sandboxed.runtime: this host has no runtime \"sandbox\"; it has ")
        .contains("process")
        .contains("drop its plugin's jar into " + gyre.home.resolve("plugins"));
  }

  private void refusesWhatItCannotDo() throws Exception {
    Gyre.Result refused =
        gyre.run(
            "apply",
            "-f",
            gyre.manifest(
                    """
                    deployments:
                      greedy:
                        runtime: sandbox
                        image: busybox
                      tidy:
                        runtime: sandbox
                        process: { command: [sleep, "1"], user: nobody }
                        ports: ["8080:80"]
                        resources: { limits: { memory: 64Mi } }
                        health_checks: [ { tcp: } ]
                    """)
                .toString());
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("running an image is not supported by the runtime \"sandbox\"")
        .contains("another user is not supported by the runtime \"sandbox\"")
        .contains("publishing ports is not supported by the runtime \"sandbox\"")
        .contains("a memory limit is not supported by the runtime \"sandbox\"")
        .contains("a port is missing");
  }

  private void killHost() throws Exception {
    long host = gyre.pid("runtime");
    gyre.kill("runtime");
    gyre.up();
    Gyre.await(() -> gyre.ready("runtime", host), "the runtime host is back");
  }

  private void awaitRunning(long pid) throws Exception {
    gyre.awaitRunning("sandboxed", 1);
    assertThat(gyre.pids("sandboxed").values()).containsExactly(pid);
    assertThat(Gyre.alive(pid)).isTrue();
  }

  /** Once while the host watches, and once while there is none. */
  private void crash(long pid) throws Exception {
    Gyre.signal(pid, "KILL");
    Gyre.await(() -> restarts() == 1, "it is started again");
    JsonNode instance = gyre.instances("sandboxed").getFirst();
    assertThat(instance.path("last_exit").path("code").asInt()).isEqualTo(137);
    long host = gyre.pid("runtime");
    Gyre.signal(host, "STOP");
    Gyre.signal(instance.path("pid").asLong(), "KILL");
    Gyre.signal(host, "KILL");
    gyre.up();
    Gyre.await(() -> gyre.ready("runtime", host), "the runtime host is back");
    Gyre.await(() -> restarts() == 2, "what ended without a host is started again");
    gyre.awaitRunning("sandboxed", 1);
  }

  private int restarts() throws IOException {
    JsonNode instance = gyre.instances("sandboxed").getFirst();
    return instance.path("state").asText().equals("running")
        ? instance.path("restarts").asInt()
        : -1;
  }

  /** As somebody does it by hand; returns how many milliseconds passed until it was listed. */
  private long drop(Path jar, String version) throws Exception {
    Path plugins = gyre.home.resolve("plugins");
    Path beside = Files.copy(jar, plugins.resolve(".sandbox.jar.new"));
    long began = System.nanoTime();
    Files.move(beside, plugins.resolve("sandbox.jar"), StandardCopyOption.ATOMIC_MOVE);
    long end = began + TimeUnit.SECONDS.toNanos(60);
    while (!version().equals(version)) {
      assertThat(System.nanoTime()).as("still not version " + version).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(2);
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }

  /** Of the runtime, as the API lists it; empty while it doesn't as ready. */
  private String version() throws IOException {
    for (JsonNode runtime : gyre.get("/v1/runtimes").path("items")) {
      if (runtime.path("name").asText().equals("sandbox")
          && runtime.path("state").asText().equals("ready")) {
        return runtime.path("version").asText();
      }
    }
    return "";
  }

  private List<Path> sandboxes() throws IOException {
    try (Stream<Path> all = Files.list(gyre.home.resolve("runtimes/sandbox/instances"))) {
      return all.toList();
    }
  }

  /** Of this test's sandboxes: runners and what is inside. */
  private List<String> processes() throws IOException {
    List<String> found = new ArrayList<>();
    String ours = gyre.home.resolve("runtimes/sandbox").toString();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        try {
          String command = Files.readString(process.resolve("cmdline")).replace('\0', ' ');
          String directory = Files.readSymbolicLink(process.resolve("cwd")).toString();
          if (command.contains(ours) || directory.startsWith(ours)) {
            found.add(process.getFileName() + ": " + command);
          }
        } catch (IOException e) {
          // It has ended.
        }
      }
    }
    return found;
  }

  /** Runs a block of the guide in the project's directory; returns what it printed. */
  private String follow(String step) throws Exception {
    return sh(Objects.requireNonNull(guide.commands.get(step), step));
  }

  private String sh(String script) throws Exception {
    Path log = Files.createTempFile(directory, "step", ".log");
    ProcessBuilder builder = new ProcessBuilder("sh", "-eu", "-c", script);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("GYRE_"));
    environment.put("GYRE_HOME", gyre.home.toString());
    environment.put("GYRE_NO_BUILD", "1");
    environment.put("GYRE_JAVA_HOME", System.getProperty("java.home"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PATH", gyre.root + ":" + System.getenv("PATH"));
    environment.put("MAVEN_OPTS", "-Dmaven.repo.local=" + directory.resolve("repository"));
    Process process =
        builder
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("%s ends", script).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String out = Files.readString(log);
    assertThat(process.exitValue()).as("%s\n%s", script, out).isZero();
    return out;
  }

  /**
   * A local Maven repository with all that the user's has, but with Gyre's artifacts of its own, so
   * that nothing is fetched twice and nothing of this test is left in the user's.
   */
  private void linkRepository() throws IOException {
    Path repository = Files.createDirectories(directory.resolve("repository/io"));
    Path users = Path.of(System.getProperty("localRepository"));
    link(users, directory.resolve("repository"), "io");
    link(users.resolve("io"), repository, "gyre");
  }

  private static void link(Path from, Path to, String except) throws IOException {
    if (!Files.isDirectory(from)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (Files.isDirectory(entry) && !name.equals(except)) {
          Files.createSymbolicLink(to.resolve(name), entry);
        }
      }
    }
  }

  private int testsRun() throws IOException {
    Path reports = project.resolve("target/surefire-reports");
    int run = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
      for (Path file : files) {
        Matcher suite =
            Pattern.compile(
                    "<testsuite [^>]* tests=\"(\\d+)\" errors=\"0\" skipped=\"0\" failures=\"0\"")
                .matcher(Files.readString(file));
        assertThat(suite.find()).as("%s says that all passed", file).isTrue();
        run += Integer.parseInt(suite.group(1));
      }
    }
    return run;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path relative = from.relativize(file);
        if (!relative.startsWith("target")) {
          Files.copy(file, to.resolve(relative));
        }
      }
    }
  }
}
