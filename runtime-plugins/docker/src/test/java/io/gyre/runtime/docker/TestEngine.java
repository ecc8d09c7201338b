package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The Docker engine of this machine, through its command line. */
final class TestEngine {
  static final String IMAGE = "gyre-test/busybox:1";
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private final String host;

  TestEngine(String host) {
    this.host = host;
  }

  static TestEngine local() {
    return new TestEngine(EngineAddress.DEFAULT);
  }

  /** Skips the test where there is no engine; with CI=true it fails there. */
  static TestEngine require() {
    TestEngine engine = local();
    String missing = engine.missing();
    if (!missing.isEmpty()) {
      assertThat(System.getenv("CI")).as(missing).isNotEqualTo("true");
      assumeTrue(false, missing);
    }
    engine.ensureImage();
    return engine;
  }

  private String missing() {
    if (!Files.isExecutable(BUSYBOX)) {
      return "the test image is made of " + BUSYBOX + ": install busybox-static";
    }
    try {
      Result result = run(List.of("version"));
      return result.code() == 0 ? "" : "no Docker engine answers: " + result.output();
    } catch (AssertionError e) {
      return "there is no docker command: " + e.getMessage();
    }
  }

  /** An image of nothing but a static busybox, imported where it is missing. */
  void ensureImage() {
    if (run(List.of("image", "inspect", IMAGE)).code() == 0) {
      return;
    }
    try {
      Path root = Files.createTempDirectory("gyre-busybox");
      try {
        assertThat(
                process(
                        List.of(
                            "sh",
                            "-c",
                            "mkdir -p \"$1/bin\" \"$1/tmp\" \"$1/etc\" && cp \"$2\" \"$1/bin/busybox\""
                                + " && for a in $(\"$2\" --list); do"
                                + " [ $a = busybox ] || ln -s busybox \"$1/bin/$a\"; done"
                                + " && chmod 1777 \"$1/tmp\""
                                + " && echo 'root:x:0:0::/:/bin/sh' >\"$1/etc/passwd\""
                                + " && tar -C \"$1\" -cf \"$1.tar\" .",
                            "sh",
                            root.toString(),
                            BUSYBOX.toString()))
                    .code())
            .isZero();
        docker("import", root + ".tar", IMAGE);
      } finally {
        process(List.of("rm", "-rf", root.toString(), root + ".tar"));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a docker command that must succeed. */
  String docker(String... arguments) {
    Result result = run(List.of(arguments));
    assertThat(result.code())
        .as("docker %s: %s", String.join(" ", arguments), result.output())
        .isZero();
    return result.output().strip();
  }

  /** Ids, one per line of the output. */
  List<String> ids(String... arguments) {
    return docker(arguments).lines().filter(line -> !line.isBlank()).toList();
  }

  /** Removes all that carries the host id. */
  void cleanUp(String hostId) {
    String filter = "label=" + Labels.HOST + "=" + hostId;
    for (String id : ids("ps", "-aq", "--filter", filter)) {
      run(List.of("rm", "-fv", id));
    }
    for (String id : ids("network", "ls", "-q", "--filter", filter)) {
      run(List.of("network", "rm", id));
    }
    for (String id : ids("volume", "ls", "-q", "--filter", filter)) {
      run(List.of("volume", "rm", "-f", id));
    }
  }

  Result run(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(client(), "-H", host));
    command.addAll(arguments);
    return process(command);
  }

  private static String client() {
    return Files.isExecutable(Path.of("/usr/bin/docker")) ? "/usr/bin/docker" : "docker";
  }

  record Result(int code, String output) {}

  static Result process(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("hangs: " + command);
      }
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      throw new AssertionError(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
