package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.RuntimeFixture;
import io.gyre.runtime.testkit.Workloads;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole plugin in a JVM of a user who isn't root and may make no cgroup. */
final class OtherUserTest {
  private static final String UID = "65534";

  @TempDir Path directory;

  @Test
  void worksForAnOrdinaryUser() throws Exception {
    assumeTrue(Machine.inspect(Cgroups.NONE).privileged(), "needs root to become another user");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path state = Files.createDirectory(directory.resolve("state"));
    Files.setAttribute(state, "unix:uid", Integer.valueOf(UID));
    Path output = directory.resolve("output");
    List<String> command =
        List.of(
            "setpriv",
            "--reuid=" + UID,
            "--regid=" + UID,
            "--clear-groups",
            "--",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Duser.home=/",
            "-cp",
            readableClassPath(),
            Scenario.class.getName(),
            state.toString());
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output)).contains("all is well");
  }

  /** The build's own class path is in places that another user may not read. */
  private String readableClassPath() throws IOException {
    List<String> copies = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path source = Path.of(entry);
      if (!Files.exists(source)) {
        continue;
      }
      Path copy = directory.resolve("classes-" + copies.size());
      if (Files.isDirectory(source)) {
        copy(source, copy);
      } else {
        copy = directory.resolve("classes-" + copies.size() + ".jar");
        Files.copy(source, copy);
      }
      copies.add(copy.toString());
    }
    return String.join(File.pathSeparator, copies);
  }

  private static void copy(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(source.relativize(file).toString());
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** What the other user does. */
  static final class Scenario {
    public static void main(String[] args) throws Exception {
      Workloads workloads = new HostWorkloads();
      try (RuntimeFixture fixture =
          RuntimeFixture.on(Path.of(args[0]), ProcessRuntimePlugin::new, workloads, Map.of())) {
        WorkloadRuntime runtime = fixture.runtime();
        InstanceSpec spec = fixture.spec(workloads.spawnsChildren()).build();
        InstanceStatus before = runtime.start(spec);
        ProcessFixtureTest.main(before).kill();
        InstanceStatus after =
            fixture.await(
                spec.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "a restart");
        check(!Objects.equals(before.pid(), after.pid()), "a new pid");
        check(fixture.reopen().list().size() == 1, "one instance");
        fixture.runtime().stop(spec.id());
        check(fixture.processes().isEmpty(), "no process left: " + fixture.processes());
        refuses(fixture, "root");
      }
      System.out.println("all is well");
    }

    private static void refuses(RuntimeFixture fixture, String user) throws RuntimeFailure {
      try {
        Workload workload = new Workload.HostProcess(List.of("true"), null, user);
        fixture.runtime().start(fixture.spec(workload).build());
        check(false, "a refusal of user " + user);
      } catch (RuntimeFailure e) {
        check(e.code().equals("user_not_allowed"), "user_not_allowed, not " + e);
      }
    }

    private static void check(boolean condition, String expected) {
      if (!condition) {
        throw new AssertionError("expected " + expected);
      }
    }
  }
}
