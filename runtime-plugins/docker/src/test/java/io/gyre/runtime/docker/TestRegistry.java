package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gyre.runtime.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A registry of Debian's docker-registry on loopback, with users and passwords. */
final class TestRegistry implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on (127\\.0\\.0\\.1:\\d+)");

  private final Path directory;
  private final TestEngine engine;
  private final Process process;
  private final String address;

  private TestRegistry(Path directory, TestEngine engine, Process process, String address) {
    this.directory = directory;
    this.engine = engine;
    this.process = process;
    this.address = address;
  }

  /** Skips the test where there is no registry to run; with CI=true it fails there. */
  static TestRegistry start(Path directory, TestEngine engine, String user, String password)
      throws IOException {
    for (String program : List.of("docker-registry", "htpasswd")) {
      String missing = "there is no " + program + ": install docker-registry and apache2-utils";
      if (TestEngine.process(List.of("sh", "-c", "command -v " + program)).code() != 0) {
        assertThat(System.getenv("CI")).as(missing).isNotEqualTo("true");
        assumeTrue(false, missing);
      }
    }
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("config.yml"),
        """
        version: 0.1
        log: { level: info, accesslog: { disabled: true } }
        storage: { filesystem: { rootdirectory: %1$s/data } }
        http: { addr: "127.0.0.1:0" }
        auth: { htpasswd: { realm: test, path: %1$s/htpasswd } }
        """
            .formatted(directory));
    Path log = directory.resolve("log");
    setPassword(directory, user, password);
    Process process =
        new ProcessBuilder("docker-registry", "serve", directory.resolve("config.yml").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    String address =
        Await.value(
            () -> {
              Matcher listening = LISTENING.matcher(Files.readString(log));
              return listening.find()
                  ? java.util.Optional.of(listening.group(1))
                  : java.util.Optional.empty();
            },
            () -> "a registry that listens");
    return new TestRegistry(directory, engine, process, address);
  }

  /** {@code host:port}. */
  String address() {
    return address;
  }

  /** From now on the only user is this one. */
  void setPassword(String user, String password) throws IOException {
    setPassword(directory, user, password);
  }

  private static void setPassword(Path directory, String user, String password) throws IOException {
    TestEngine.Result made =
        TestEngine.process(List.of("htpasswd", "-Bbn", "-C", "4", user, password));
    assertThat(made.code()).isZero();
    Path next = directory.resolve("htpasswd.next");
    Files.writeString(next, made.output());
    // The registry reads a file again that is newer, to the second.
    Path file = directory.resolve("htpasswd");
    long before = Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
    Files.setLastModifiedTime(
        next,
        java.nio.file.attribute.FileTime.fromMillis(
            Math.max(before + 2000, System.currentTimeMillis())));
    Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Pushes the test image and removes it here, so that it must be pulled.
   *
   * @return its digest
   */
  String push(String path, String user, String password) {
    String image = address + "/" + path;
    engine.docker("tag", TestEngine.IMAGE, image);
    Path login = directory.resolve("push");
    try {
      Files.createDirectories(login);
      String auth =
          Base64.getEncoder()
              .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
      Files.writeString(
          login.resolve("config.json"),
          "{\"auths\":{\"" + address + "\":{\"auth\":\"" + auth + "\"}}}");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    String said = engine.docker("--config", login.toString(), "push", image);
    Matcher digest = Pattern.compile("digest: (sha256:[0-9a-f]{64})").matcher(said);
    assertThat(digest.find()).as(said).isTrue();
    forget(image);
    return digest.group(1);
  }

  /** Removes the name from the engine, where it has it. */
  void forget(String image) {
    engine.run(List.of("rmi", image));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
