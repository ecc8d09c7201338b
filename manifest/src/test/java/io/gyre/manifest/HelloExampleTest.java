package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.DeploymentSpec;
import io.gyre.model.ProcessSpec;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first example really serves, also where there is neither python nor busybox. */
final class HelloExampleTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  @Test
  void servesWithWhatThisHostHas(@TempDir Path directory) throws Exception {
    serves(directory, System.getenv("PATH"));
  }

  @Test
  void servesWithTheJdkAlone(@TempDir Path directory) throws Exception {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    Path mkdir = bin.resolve("mkdir");
    Files.writeString(mkdir, "#!/bin/sh\nexec /bin/mkdir \"$@\"\n");
    assertThat(mkdir.toFile().setExecutable(true)).isTrue();
    serves(directory, bin.toString());
  }

  private static void serves(Path directory, String path) throws Exception {
    String text = Fixtures.file(Fixtures.root().resolve("examples/hello/gyre.yaml"));
    String javaHome = System.getProperty("java.home");
    DeploymentSpec spec =
        Fixtures.parse(text, Map.of("JAVA_HOME", javaHome)).deployments().getFirst().spec();
    ProcessSpec workload = Objects.requireNonNull(spec.process());
    int port = freePort();
    ProcessBuilder builder =
        new ProcessBuilder(workload.argv())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile());
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", path, "PORT", Integer.toString(port)));
    Process process = builder.start();
    try {
      assertThat(answer(process, port, directory)).isEqualTo("Hello from Gyre, on port " + port);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static String answer(Process process, int port, Path directory) throws Exception {
    Instant deadline = Instant.now().plus(LONGEST);
    while (Instant.now().isBefore(deadline) && process.isAlive()) {
      try {
        HttpURLConnection connection =
            (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection();
        connection.setReadTimeout(5_000);
        try (var in = connection.getInputStream()) {
          return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
      } catch (IOException e) {
        LockSupport.parkNanos(20_000_000);
      }
    }
    return "no answer: " + Files.readString(directory.resolve("log"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
