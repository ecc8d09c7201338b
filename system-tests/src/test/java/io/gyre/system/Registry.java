package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** A registry of Debian's docker-registry on loopback that wants the login of its one user. */
final class Registry implements AutoCloseable {
  private final Path directory;
  private final Process process;
  final String address;

  private Registry(Path directory, Process process, String address) {
    this.directory = directory;
    this.process = process;
    this.address = address;
  }

  /** Skips the test where there is no registry to run; with CI=true it fails there. */
  static Registry start(Path directory, String user, String password) throws Exception {
    if (shell("command -v docker-registry && command -v htpasswd") != 0) {
      String missing = "install docker-registry and apache2-utils";
      assertThat(System.getenv("CI")).as(missing).isNotEqualTo("true");
      Assumptions.abort(missing);
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
    setPassword(directory, user, password);
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder("docker-registry", "serve", directory.resolve("config.yml").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Pattern listening = Pattern.compile("listening on (127\\.0\\.0\\.1:\\d+)");
    Gyre.await(() -> listening.matcher(Files.readString(log)).find(), "a registry that listens");
    Matcher found = listening.matcher(Files.readString(log));
    assertThat(found.find()).isTrue();
    return new Registry(directory, process, found.group(1));
  }

  void setPassword(String user, String password) throws Exception {
    setPassword(directory, user, password);
  }

  private static void setPassword(Path directory, String user, String password) throws Exception {
    Path next = directory.resolve("htpasswd.next");
    Path file = directory.resolve("htpasswd");
    assertThat(shell("htpasswd -Bbn -C 4 " + user + " " + password + " >" + next)).isZero();
    // The registry reads a file again that is newer, to the second.
    long before = Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
    Files.setLastModifiedTime(
        next, FileTime.fromMillis(Math.max(before + 2000, System.currentTimeMillis())));
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** As {@code docker login} writes it. */
  String logins(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "{\"auths\":{\""
        + address
        + "\":{\"auth\":\""
        + Base64.getEncoder().encodeToString(pair)
        + "\"}}}";
  }

  /** Pushes an image of the engine under that path, and removes the name here. */
  void push(String image, String path, String user, String password) throws Exception {
    Path login = Files.createDirectories(directory.resolve("push"));
    Files.writeString(login.resolve("config.json"), logins(user, password));
    String name = address + "/" + path;
    assertThat(
            shell(
                "docker tag "
                    + image
                    + " "
                    + name
                    + " && docker --config "
                    + login
                    + " push "
                    + name))
        .isZero();
    forget(path);
  }

  void forget(String path) throws Exception {
    shell("docker rmi " + address + "/" + path);
  }

  static int shell(String line) throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", line)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
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
