package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** component and config, with a supervisor's socket and marks of real processes. */
@Timeout(60)
final class ComponentCommandsTest {
  /** Counts what it is told as a component does; its command line must look like one's. */
  private static final String COMPONENT =
      """
      #!/bin/sh
      note() {
        printf '{"pid":"%s","reads":"%s","changed":"log_level: info -> debug","changed_at":"%s","problems":"%s","restart":"%s"}' \
          $$ "$1" "$(date +%s%3N)" "${PROBLEMS:-}" "${RESTART:-}" >"$RUN/api.tmp"
        mv "$RUN/api.tmp" "$RUN/api.config.json"
      }
      trap 'note 2' HUP
      trap 'kill $! 2>/dev/null; exit 0' TERM
      note 1
      printf '{"component":"api","pid":"%s","since":"%s","state":"ready","message":"","address":""}' \
        $$ "$(date +%s%3N)" >"$RUN/mark.tmp"
      mv "$RUN/mark.tmp" "$RUN/api.json"
      while :; do
        sleep 1 &
        wait $! || :
      done
      """;

  @TempDir Path temporary;
  private Path home;
  private CliRun cli;
  private final List<Process> components = new ArrayList<>();
  private final List<ServerSocketChannel> supervisors = new ArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @BeforeEach
  void make() throws IOException {
    home = temporary.resolve("h");
    Files.createDirectories(home.resolve("run"));
    Files.createDirectories(home.resolve("log"));
    cli = new CliRun(home).realTime();
  }

  @AfterEach
  void stop() throws IOException {
    components.forEach(Process::destroyForcibly);
    for (ServerSocketChannel supervisor : supervisors) {
      supervisor.close();
    }
  }

  private void startComponent(String... environment) throws Exception {
    Path script = Files.createDirectories(temporary.resolve("io.gyre.fake")).resolve("component");
    Files.writeString(script, COMPONENT);
    ProcessBuilder builder = new ProcessBuilder("sh", script.toString());
    builder.environment().put("RUN", home.resolve("run").toString());
    for (int i = 0; i < environment.length; i += 2) {
      builder.environment().put(environment[i], environment[i + 1]);
    }
    components.add(builder.start());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!Files.exists(home.resolve("run/api.json"))) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** Answers every request with these lines. */
  private void supervise(String answer) throws IOException {
    ServerSocketChannel supervisor = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    supervisors.add(supervisor);
    supervisor.bind(UnixDomainSocketAddress.of(home.resolve("run/supervisor.sock")));
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              while (supervisor.isOpen()) {
                try (SocketChannel client = supervisor.accept()) {
                  StringBuilder line = new StringBuilder();
                  var in = Channels.newInputStream(client);
                  for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
                    line.append((char) c);
                  }
                  asked.add(line.toString());
                  client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  @Test
  void listTellsWhatTheSupervisorKnowsAndWhatTheMarksSay() throws Exception {
    startComponent("RESTART", "api.port: 1 -> 2");
    supervise(
        """
        {"component":"api","state":"ready","ends":"2","early_ends":"0","last_end":"ended with code 137"}
        {"component":"runtime","state":"backing off","ends":"4","early_ends":"4","last_end":"ended with code 1: no"}
        {"result":"ok","message":""}
        """);
    CliRun.Result list = cli.run("component", "list");
    assertThat(list.exit()).as("not all are ready").isEqualTo(1);
    assertThat(list.out())
        .containsPattern(
            "api +ready +"
                + components.getFirst().pid()
                + " +\\S+ +2 +needs a restart for api.port: 1 -> 2")
        .containsPattern(
            "runtime +backing off +- +- +4 +4 early ends in a row, last: ended with code 1: no")
        .containsPattern("reconciler +not running");
    assertThat(list.err()).isEmpty();
    assertThat(Json.parse(cli.run("component", "list", "-o", "json").out()).size()).isEqualTo(4);
    supervisors.getFirst().close();
    Files.delete(home.resolve("run/supervisor.sock"));
    CliRun.Result alone = cli.run("component", "list");
    assertThat(alone.out()).containsPattern("api +ready");
    assertThat(alone.err()).contains("no supervisor runs");
  }

  @Test
  void restartAsksTheSupervisorAndSaysWhatItAnswers() throws Exception {
    supervise("{\"result\":\"ok\",\"message\":\"pid 2 instead of 1\"}\n");
    assertThat(cli.run("component", "restart", "api", "runtime", "--timeout", "9s"))
        .isEqualTo(
            new CliRun.Result(
                0,
                "api restarted: pid 2 instead of 1\nruntime restarted: pid 2 instead of 1\n",
                ""));
    assertThat(asked)
        .hasSize(2)
        .first()
        .asString()
        .contains("\"do\":\"restart\"", "\"component\":\"api\"", "\"limit_ms\":\"9000\"");
    assertThat(cli.run("component", "restart", "cron").exit()).isEqualTo(4);
    assertThat(cli.run("component").exit()).isEqualTo(2);
  }

  @Test
  void aFailedRestartAndAMissingSupervisorAreFailures() throws Exception {
    CliRun.Result none = cli.run("component", "restart", "api");
    assertThat(none.exit()).isEqualTo(3);
    assertThat(none.err()).contains("no supervisor answers", "gyre up -d");
    supervise("{\"result\":\"failed\",\"message\":\"the old one goes on: x\"}\n");
    CliRun.Result failed = cli.run("component", "restart", "api");
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.err()).contains("api was not restarted: the old one goes on: x");
  }

  @Test
  void logsBeginInOlderFilesAndFollowARotation() throws Exception {
    Path log = home.resolve("log/api.log");
    assertThat(cli.run("component", "logs", "api").exit()).isEqualTo(4);
    Files.writeString(home.resolve("log/api.log.1"), "one\ntwo\n");
    Files.writeString(log, "three\n");
    assertThat(cli.run("component", "logs", "api").out()).isEqualTo("one\ntwo\nthree\n");
    assertThat(cli.run("component", "logs", "api", "-n", "2").out()).isEqualTo("two\nthree\n");
    Files.writeString(home.resolve("log/api.out"), "could not start\n");
    CliRun.Result both = cli.run("component", "logs", "api", "-n", "1");
    assertThat(both.out()).isEqualTo("three\ncould not start\n");
    assertThat(both.err()).contains("api.out");

    PipedInputStream in = new PipedInputStream(1 << 16);
    PipedOutputStream out = new PipedOutputStream(in);
    Thread following =
        Thread.ofPlatform()
            .daemon()
            .start(
                () ->
                    GyreCli.run(
                        new String[] {"component", "logs", "api", "-f", "-n", "1"},
                        cli.environment(),
                        InputStream.nullInputStream(),
                        out,
                        OutputStream.nullOutputStream()));
    var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    assertThat(lines.readLine()).isEqualTo("three");
    Files.writeString(log, "four\n", StandardOpenOption.APPEND);
    assertThat(lines.readLine()).isEqualTo("four");
    Files.writeString(log, "five\n", StandardOpenOption.APPEND);
    Files.move(log, home.resolve("log/api.log.1"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(log, "six\n");
    assertThat(lines.readLine()).isEqualTo("five");
    assertThat(lines.readLine()).isEqualTo("six");
    in.close();
    Files.writeString(log, "nobody reads this\n", StandardOpenOption.APPEND);
    assertThat(following.join(Duration.ofSeconds(30))).as("it ends").isTrue();
  }

  @Test
  void reloadTellsEachComponentAndSaysWhatItMadeOfIt() throws Exception {
    assertThat(cli.run("config", "reload").exit()).isEqualTo(3);
    startComponent("RESTART", "api.port: 1 -> 2");
    CliRun.Result result = cli.run("config", "reload");
    assertThat(result.exit()).isEqualTo(0);
    assertThat(result.out())
        .containsPattern(
            "api +changed: log_level: info -> debug; needs a restart for api.port: 1 -> 2");
  }

  @Test
  void reloadOfABrokenFileFailsWithItsProblems() throws Exception {
    startComponent("PROBLEMS", "gyre.yaml:1:1: x: unknown key");
    CliRun.Result result = cli.run("config", "reload");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).containsPattern("api +keeps the last good configuration");
    assertThat(result.err())
        .contains("gyre.yaml:1:1: x: unknown key", home.resolve("gyre.yaml") + " is broken");
    assertThat(cli.run("component", "list").out()).contains("x: unknown key");
    assertThat(cli.run("doctor").out()).contains("the last good one is in use");
  }

  @Test
  void checkIsDoneByTheComponentsOwnCode() throws Exception {
    Path launcher =
        Files.writeString(temporary.resolve("launcher"), "#!/bin/sh\necho \"$@\"\nexit 1\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    CliRun.Result result =
        cli.with("GYRE_LAUNCHER", launcher.toString()).run("config", "check", "/x/y.yaml");
    assertThat(result.out()).isEqualTo("config-check /x/y.yaml\n");
    assertThat(result.exit()).isEqualTo(1);
  }
}
