package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PluginCommandsTest {
  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() throws IOException {
    api = Canned.api();
    cli = new CliRun(home).api(api).realTime();
    Files.createDirectories(plugins());
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Path plugins() {
    return home.resolve("plugins");
  }

  private Path jar(String id) throws IOException {
    Path jar = home.resolve("built.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Plugin-Id", id);
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return jar;
  }

  private static String digest(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  private static String row(String state, String sha256, String file, String message) {
    return """
        {"name":"process","version":"2.0","runtime":"process","state":"%s","signed_by":"3f9a",
         "sha256":"%s","file":"%s","message":"%s","since":"%s","rollback_to":"1.0"}"""
        .formatted(state, sha256, file, message, Instant.now().plusSeconds(5));
  }

  private static String items(String... rows) {
    return "{\"items\":[" + String.join(",", rows) + "],\"continue\":\"\"}";
  }

  // --- keys

  @Test
  void keysSignAndVerify() throws Exception {
    Path key = home.resolve("k");
    CliRun.Result made = cli.run("plugin", "keygen", "--out", key.toString());
    assertThat(made.exit()).isZero();
    String line = made.out().strip();
    assertThat(line).hasSize(44).isEqualTo(Files.readString(home.resolve("k.pub")).strip());
    assertThat(made.err()).contains("trusted_keys: [ " + line + " ]");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(key)).startsWith("-----BEGIN PRIVATE KEY-----\n");
    assertThat(cli.run("plugin", "keygen", "--out", key.toString()).exit())
        .isEqualTo(Exit.CONFLICT);

    Path jar = jar("process");
    assertThat(cli.run("plugin", "sign", jar.toString(), "--key", key.toString()).exit()).isZero();
    assertThat(Files.readString(home.resolve("built.jar.sig")).strip()).hasSize(88);
    assertThat(cli.run("plugin", "verify", jar.toString(), "--key", line).exit()).isZero();
    assertThat(cli.run("plugin", "verify", jar.toString(), "--key", key + ".pub").exit()).isZero();

    Files.writeString(jar, "another");
    CliRun.Result wrong = cli.run("plugin", "verify", jar.toString(), "--key", line);
    assertThat(wrong.exit()).isEqualTo(Exit.FAILED);
    assertThat(wrong.err()).contains("is no signature of");
  }

  @Test
  void whatIsNoKeyIsSaidSo() throws Exception {
    Path jar = jar("process");
    Files.writeString(home.resolve("k"), "nothing");
    CliRun.Result sign =
        cli.run("plugin", "sign", jar.toString(), "--key", home.resolve("k").toString());
    assertThat(sign.exit()).isEqualTo(Exit.FAILED);
    assertThat(sign.err()).contains("no Ed25519 private key", "gyre plugin keygen");
    assertThat(cli.run("plugin", "sign", jar.toString(), "--key", "/nowhere").err())
        .contains("there is no file /nowhere");
  }

  // --- install

  @Test
  void installsUnderTheNameOfThePluginAndWaits() throws Exception {
    Path jar = jar("process");
    Files.writeString(home.resolve("built.jar.sig"), "signature");
    Path target = plugins().resolve("process.jar");
    String sha256 = digest(jar);
    api.onEach(
        "GET /v1/plugins",
        items(row("serving", "00", "/dist/process.jar", "")),
        items(row("serving", "00", "/dist/process.jar", "")),
        items(row("serving", sha256, target.toString(), "")));

    CliRun.Result result = cli.run("plugin", "install", jar.toString());

    assertThat(result)
        .isEqualTo(new CliRun.Result(0, "runtime process is served by process 2.0\n", ""));
    assertThat(digest(target)).isEqualTo(sha256);
    assertThat(plugins().resolve("process.jar.sig")).hasContent("signature");
    try (var files = Files.list(plugins())) {
      assertThat(files).hasSize(2);
    }
    api.on("GET /v1/plugins", items(row("serving", sha256, target.toString(), "")));
    assertThat(cli.run("plugin", "install", jar.toString()).out()).endsWith("already\n");
  }

  @Test
  void tellsWhyAJarWasRejected() throws Exception {
    Path jar = jar("process");
    Path target = plugins().resolve("process.jar");
    Files.writeString(plugins().resolve("process.jar.sig"), "of the one before");
    api.onEach(
        "GET /v1/plugins",
        items(),
        items(row("rejected", digest(jar), target.toString(), "it is not signed")));
    CliRun.Result result = cli.run("plugin", "install", jar.toString());
    assertThat(result.exit()).isEqualTo(Exit.FAILED);
    assertThat(result.err()).contains("rejected: it is not signed");
    assertThat(plugins().resolve("process.jar.sig")).doesNotExist();
  }

  @Test
  void copiesNothingThatIsNoPluginOrWithoutGyre() throws Exception {
    Files.writeString(home.resolve("x.jar"), "no jar");
    api.on("GET /v1/plugins", items());
    assertThat(cli.run("plugin", "install", home.resolve("x.jar").toString()).err())
        .contains("not a complete jar");
    assertThat(cli.run("plugin", "install", jar("../evil").toString()).err())
        .contains("is no plugin");
    api.close();
    assertThat(cli.run("plugin", "install", jar("process").toString()).exit())
        .isEqualTo(Exit.UNREACHABLE);
    try (var files = Files.list(plugins())) {
      assertThat(files).isEmpty();
    }
  }

  // --- roll back

  @Test
  void waitsForTheEndOfARollback() {
    api.on(
        "POST /v1/plugins/process/rollback",
        202,
        "{\"runtime\":\"process\",\"from\":\"2.0\",\"to\":\"1.0\",\"correlation\":\"c-1\"}");
    String event = "{\"seq\":1,\"correlation\":\"%s\",\"reason\":\"plugin_%s\",\"message\":\"%s\"}";
    api.onEach(
        "GET /v1/events",
        items(event.formatted("c-0", "rolled_back", "another")),
        items(event.formatted("c-1", "rolled_back", "back to 1.0")));
    assertThat(cli.run("plugin", "rollback", "process"))
        .isEqualTo(new CliRun.Result(0, "back to 1.0\n", ""));
    api.on("GET /v1/events", items(event.formatted("c-1", "rollback_failed", "it stays")));
    CliRun.Result failed = cli.run("plugin", "rollback", "process");
    assertThat(failed.exit()).isEqualTo(Exit.FAILED);
    assertThat(failed.err()).contains("it stays");
  }

  // --- get

  @Test
  void listsPlugins() {
    api.on(
        "GET /v1/plugins",
        items(
            row("serving", "0123456789abcdef", "/h/plugins/process.jar", ""),
            row("rejected", "", "/h/plugins/x.jar", "it is not signed").replace("3f9a", "")));
    CliRun.Result table = cli.run("get", "plugins");
    assertThat(table.out().lines().toList().getFirst().split(" +"))
        .containsExactly(
            "NAME", "VERSION", "RUNTIME", "STATE", "SIGNED", "SHA256", "FILE", "AGE", "MESSAGE");
    assertThat(table.out()).contains("0123456789ab ", " 3f9a ", "it is not signed");
    assertThat(cli.run("get", "plugins", "process", "-o", "json").out())
        .contains("\"sha256\": \"0123456789abcdef\"");
    assertThat(cli.run("get", "plugin", "nothing").exit()).isEqualTo(Exit.NOT_FOUND);
    assertThat(cli.run("plugin").exit()).isEqualTo(Exit.USAGE);
  }
}
