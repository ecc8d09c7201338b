package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logging in, contexts, users, tokens and policies. */
final class IdentityCommandsTest {
  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;
  private Path contexts;

  @BeforeEach
  void start() {
    api = new FakeApi();
    contexts = home.resolve("config/gyre/contexts.yaml");
    cli = new CliRun(home).with("XDG_CONFIG_HOME", home.resolve("config").toString());
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private CliRun.Result ok(String... args) {
    CliRun.Result result = cli.run(args);
    assertThat(result.exit()).as(result.err()).isEqualTo(0);
    return result;
  }

  @Test
  void aLoginIsKeptInTheContextAndUsed() throws IOException {
    api.on("GET /v1/namespaces/shop/deployments/web", "{\"namespace\":\"shop\",\"name\":\"web\"}");
    api.on("POST /v1/logout", 204, "");
    assertThat(ok("context", "add", "prod", "--server", api.address(), "-n", "shop").err())
        .contains("gyre login");
    // The stand-in takes one token only, so the login is made with that.
    cli.with("GYRE_TOKEN", FakeApi.TOKEN);
    api.on(
        "POST /v1/login",
        "{\"user\":\"ann\",\"token\":\"%s\",\"expires_at\":\"2030\"}".formatted(FakeApi.TOKEN));
    cli.stdin("a secret\nmore".getBytes(StandardCharsets.UTF_8));
    CliRun.Result login = ok("login", "--user", "ann", "--password-stdin");
    assertThat(login.out()).contains("logged in as ann").doesNotContain(FakeApi.TOKEN);
    assertThat(api.requests().getLast().body())
        .isEqualTo("{\"user\":\"ann\",\"password\":\"a secret\"}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(contexts)))
        .isEqualTo("rw-------");
    cli.without("GYRE_TOKEN");
    assertThat(ok("get", "deployments", "web", "-o", "name").out()).contains("shop/web");
    assertThat(ok("context", "list").out()).contains("*", "prod", api.address(), "shop", "token");
    // What is for this host isn't sent elsewhere.
    assertThat(cli.run("doctor").out()).doesNotContain(api.address());
    assertThat(cli.with("GYRE_API", "http://127.0.0.1:1").run("whoami").exit())
        .isEqualTo(Exit.UNREACHABLE);
  }

  @Test
  void contextsThatOthersMayReadAreRefused() throws IOException {
    ok("context", "add", "one", "--server", "http://localhost:1");
    Files.setPosixFilePermissions(contexts, PosixFilePermissions.fromString("rw-r--r--"));
    CliRun.Result refused = cli.run("context", "list");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("chmod 600");
    assertThat(cli.run("get", "deployments").err()).contains("chmod 600");
    Files.setPosixFilePermissions(contexts, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(contexts, "current: one\ncontexts: [what]\n");
    assertThat(cli.run("context", "list").err()).contains("contexts.yaml");
  }

  @Test
  void contextsSurviveBeingWrittenAndReadAgain() {
    ok("context", "add", "b", "--server", "https://[::1]:7070/", "-n", "x");
    cli.stdin("gyre_: # \"odd\"\n".getBytes(StandardCharsets.UTF_8));
    ok("context", "add", "a.1", "--server", "unix:///run/gyre api.sock", "--token-stdin");
    assertThat(ok("context", "list").out())
        .contains("*   a.1", "unix:///run/gyre api.sock", "https://[::1]:7070 ");
    ok("context", "use", "b");
    ok("context", "remove", "a.1");
    assertThat(ok("context", "list").out()).contains("*   b").doesNotContain("a.1");
    assertThat(cli.run("context", "use", "c").exit()).isEqualTo(Exit.NOT_FOUND);
    assertThat(cli.run("context", "add", "x", "--server", "ftp://x").exit()).isEqualTo(2);
  }

  @Test
  void passwordsNeverComeAsArguments() {
    cli.api(api);
    api.on("POST /v1/users", 201, "{\"name\":\"ann\"}");
    assertThat(cli.run("user", "create", "ann").err()).contains("--password-stdin");
    cli.stdin("twelve letters\n".getBytes(StandardCharsets.UTF_8));
    ok("user", "create", "ann", "--role", "viewer@a,operator@b", "--password-stdin");
    assertThat(api.requests().getLast().body())
        .isEqualTo(
            "{\"name\":\"ann\",\"roles\":[\"viewer@a\",\"operator@b\"],"
                + "\"password\":\"twelve letters\"}");
    api.on("GET /v1/whoami", "{\"kind\":\"user\",\"user\":\"ann\"}");
    api.on("PUT /v1/users/ann/password", 204, "");
    cli.stdin("before\nafter\n".getBytes(StandardCharsets.UTF_8));
    ok("user", "passwd", "--password-stdin");
    assertThat(api.requests().getLast().body())
        .isEqualTo("{\"current\":\"before\",\"password\":\"after\"}");
  }

  @Test
  void aTokenIsShownAloneOnStandardOutput() {
    cli.api(api);
    api.on("POST /v1/tokens", 201, "{\"name\":\"ci\",\"token\":\"gyre_x\"}");
    CliRun.Result made = ok("token", "create", "ci", "-s", "logs:read,events:*", "--expires", "1h");
    assertThat(made.out()).isEqualTo("gyre_x\n");
    assertThat(api.requests().getLast().body())
        .isEqualTo(
            "{\"name\":\"ci\",\"scopes\":[\"logs:read\",\"events:*\"],\"expires_in\":\"1h\"}");
    api.on("PUT /v1/policies/p", "{}");
    ok("policy", "set", "p", "logs:read@a,b", "*:*");
    assertThat(api.requests().getLast().body())
        .isEqualTo(
            "{\"rules\":[{\"resource\":\"logs\",\"verbs\":[\"read\"],\"namespaces\":[\"a\",\"b\"]},"
                + "{\"resource\":\"*\",\"verbs\":[\"*\"]}]}");
  }

  @Test
  void overAUnixSocketItSpeaksHttp() throws Exception {
    Path socket = home.resolve("api.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread _ = Thread.ofVirtual().start(() -> answer(server));
      cli.with("GYRE_API", "unix://" + socket);
      assertThat(ok("whoami").out()).contains("local:0");
      CliRun.Result refused = cli.run("token", "create", "ci");
      assertThat(refused.exit()).isEqualTo(Exit.UNAUTHORISED);
      assertThat(refused.err()).contains("not you");
      assertThat(cli.run("whoami").err()).contains("breaks off");
    }
    assertThat(cli.run("whoami").exit()).isEqualTo(Exit.UNREACHABLE);
  }

  /** In chunks; with a length; and half of one. */
  private static void answer(ServerSocketChannel server) {
    try {
      one(
          server,
          "GET /v1/whoami HTTP/1.1",
          String.join(
              "\r\n",
              "HTTP/1.1 200 OK",
              "Transfer-Encoding: chunked",
              "",
              "8",
              "{\"actor\"",
              "a;x",
              ":\"local:0\"",
              "1",
              "}",
              "0",
              "",
              ""));
      one(
          server,
          "{\"name\":\"ci\"}",
          String.join(
              "\r\n",
              "HTTP/1.1 403 Forbidden",
              "content-length: 31",
              "",
              "{\"code\":\"a\",\"detail\":\"not you\"}"));
      one(server, "GET", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void one(ServerSocketChannel server, String expected, String answer)
      throws IOException {
    try (SocketChannel channel = server.accept()) {
      InputStream in = Channels.newInputStream(channel);
      StringBuilder request = new StringBuilder();
      while (request.indexOf("\r\n\r\n") < 0 || request.indexOf(expected) < 0) {
        request.append((char) in.read());
      }
      OutputStream out = Channels.newOutputStream(channel);
      out.write(answer.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
