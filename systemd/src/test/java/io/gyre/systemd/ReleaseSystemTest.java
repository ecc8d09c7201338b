package io.gyre.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** What {@code gyre dist} makes, used on a machine without Java. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class ReleaseSystemTest {
  private static final Path ROOT = Path.of(System.getProperty("gyre.root"));
  private static final Path MADE = ROOT.resolve("systemd/target/release");
  private static final Path MADE_AGAIN = ROOT.resolve("systemd/target/release-again");

  private Machine machine;
  private InstalledGyre gyre;

  @BeforeAll
  void boot() throws Exception {
    machine = Machine.boot();
    gyre = new InstalledGyre(machine);
    machine.sh("rm -rf /usr/lib/jvm /opt/java /opt/jdk*; ! command -v java").ok();
  }

  @AfterAll
  void stop() {
    if (machine != null) {
      machine.close();
    }
  }

  private static void dist(Path output, String... options) throws Exception {
    Files.createDirectories(output);
    Path log = output.resolve("dist.log");
    ProcessBuilder dist =
        new ProcessBuilder(ROOT.resolve("gyre").toString(), "dist", "--output", output.toString());
    dist.command().addAll(List.of(options));
    dist.environment().put("GYRE_NO_BUILD", "1");
    dist.environment().put("GYRE_JAVA_HOME", System.getProperty("java.home"));
    int exit = dist.redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
    assertThat(exit).as(Files.readString(log)).isZero();
  }

  private static Path made(String suffix) throws Exception {
    try (var files = Files.list(MADE)) {
      return files.filter(file -> file.toString().endsWith(suffix)).findFirst().orElseThrow();
    }
  }

  private String inMachine(Path file) {
    return "/src/" + ROOT.relativize(file);
  }

  @Test
  @Order(1)
  void theSameBytesAreMadeAgainAndTheSumsAreTrue() throws Exception {
    dist(MADE);
    dist(MADE_AGAIN, "--classes", made(".classes").toString());
    assertThat(MADE_AGAIN.resolve("SHA256SUMS"))
        .hasSameTextualContentAs(MADE.resolve("SHA256SUMS"));
    machine.sh("cd " + inMachine(MADE) + " && sha256sum --check SHA256SUMS").ok();
    assertThat(Files.readString(made(".cdx.json")))
        .contains("CycloneDX", "gyre-api-service", "sqlite-jdbc", "docker-java-core", "Apache-2.0");
  }

  @Test
  @Order(2)
  void theArchiveNeedsNoJava() throws Exception {
    machine
        .sh(
            """
            set -e
            mkdir -p /srv/gyre && cd /srv/gyre
            tar -xzf %s --strip-components=1
            GYRE_HOME=/srv/home ./gyre up -d -f examples/hello/gyre.yaml
            GYRE_HOME=/srv/home ./gyre get instances -o wide
            """
                .formatted(inMachine(made(".tar.gz"))))
        .ok();
    assertThat(machine.sh("curl -s http://127.0.0.1:20000/").text()).containsIgnoringCase("hello");
    assertThat(machine.sh("cat /proc/$(pgrep -f io.gyre.api.[A]piMain)/maps").text())
        .contains("/srv/gyre/gyre.jsa", "/srv/gyre/runtime/lib/modules");
    machine.sh("GYRE_HOME=/srv/home /srv/gyre/gyre down --workloads").ok();
  }

  @Test
  @Order(3)
  void thePackageInstallsUpgradesAndGoes() throws Exception {
    String install = "dpkg -i " + inMachine(made(".deb"));
    machine.sh(install).ok();
    gyre.awaitReady();
    assertThat(gyre.run("status").text()).contains("run by: systemd");
    assertThat(machine.sh("cat /proc/%d/maps".formatted(gyre.mainPid("gyre-api.service"))).text())
        .contains("/usr/lib/gyre/gyre.jsa");
    gyre.run("apply", "-f", "/usr/share/doc/gyre/examples/hello/gyre.yaml", "--wait").ok();
    Map<String, Long> hello = gyre.pids("hello");
    assertThat(hello).isNotEmpty();
    long api = gyre.mainPid("gyre-api.service");

    machine.sh(install).ok();
    gyre.awaitReady();
    assertThat(gyre.mainPid("gyre-api.service")).as("upgraded").isNotEqualTo(api);
    assertThat(gyre.pids("hello")).as("no workload notices").isEqualTo(hello);

    machine.sh("dpkg -r gyre").ok();
    assertThat(
            machine
                .sh("systemctl list-units --all 'gyre-*.service' --no-legend | grep -v gyre-w-")
                .out())
        .isBlank();
    assertThat(gyre.alive(hello)).as("no workload notices").isTrue();

    machine.sh(install).ok();
    gyre.awaitReady();
    Machine.await(() -> gyre.pids("hello").equals(hello), "hello is taken over");
    machine.sh("dpkg -r gyre && dpkg -P gyre").ok();
    assertThat(machine.file("var/lib/gyre/data")).as("kept while workloads run").exists();

    machine.sh(install).ok();
    gyre.awaitReady();
    gyre.run("down", "--workloads").ok();
    machine.sh("dpkg -P gyre").ok();
    assertThat(machine.file("var/lib/gyre")).doesNotExist();
    assertThat(machine.file("etc/gyre")).doesNotExist();
    assertThat(gyre.alive(hello)).isFalse();
  }
}
