package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What stands in for systemd: restarts, crash loops, configuration, and the supervisor's own end.
 */
@Timeout(600)
final class SupervisorSystemTest {
  private static final List<String> SUPERVISED = List.of("api", "reconciler", "runtime");
  private static final Pattern ALL_MS = Pattern.compile("(\\d+) ms in all");

  private static final Pattern LOOP = Pattern.compile("([3-9]|\\d\\d) early ends in a row");

  @TempDir Path directory;
  private Gyre gyre;

  @BeforeEach
  void start() throws Exception {
    gyre = new Gyre(directory.resolve("home"), "");
    gyre.up();
  }

  @AfterEach
  void stop() throws Exception {
    gyre.close();
  }

  @Test
  void anApiRestartRefusesNobodyAndLosesNoRequest() throws Exception {
    String address = address();
    try (Knocker knocker = new Knocker(address(), token())) {
      for (int i = 0; i < 10; i++) {
        long before = gyre.pid("api");
        assertThat(gyre.run("component", "restart", "api").ok().out()).contains("api restarted");
        assertThat(gyre.pid("api")).isNotEqualTo(before);
      }
      knocker.awaitAnswers(2000);
      assertThat(knocker.refused()).isEmpty();
      assertThat(knocker.failed()).isEmpty();
    }
    assertThat(address()).as("a port that any would do for stays").isEqualTo(address);
  }

  @Test
  void aKilledApiRefusesNobodyAlsoUnderANewSupervisor() throws Exception {
    try (Knocker knocker = new Knocker(address(), token())) {
      killAndAwait("api");
      killAndAwait("api");
      Map<String, Long> before = pids();
      killAndAwait("supervisor");
      assertThat(pids()).as("the components did not notice").isEqualTo(before);
      Gyre.await(
          () -> gyre.log("supervisor").contains("took over the API's listening socket"),
          "the next supervisor has the socket");
      killAndAwait("api");
      int answered = knocker.answered();
      knocker.awaitAnswers(answered + 20);
      assertThat(knocker.refused()).isEmpty();
    }
  }

  @Test
  void everyRestartEndsWithAnotherReadyProcess() throws Exception {
    for (String component : SUPERVISED) {
      long before = gyre.pid(component);
      String said = gyre.run("component", "restart", component).ok().out();
      Matcher ms = ALL_MS.matcher(said);
      assertThat(ms.find()).as(said).isTrue();
      assertThat(gyre.ready(component, before)).as(said).isTrue();
      assertThat(Gyre.alive(before)).isFalse();
    }
    long before = gyre.pid("supervisor");
    Map<String, Long> components = pids();
    gyre.run("component", "restart", "supervisor").ok();
    assertThat(gyre.ready("supervisor", before)).isTrue();
    assertThat(pids()).isEqualTo(components);
    // Adopted now, which is another way to wait for an end.
    gyre.run("component", "restart", "reconciler", "api").ok();
    assertThat(gyre.run("component", "list").ok().out()).containsPattern("reconciler +ready");
    assertThat(gyre.log("supervisor")).doesNotContain("early end");
    assertThat(gyre.run("component", "logs", "api", "-n", "2").ok().out().lines()).hasSize(2);
    assertThat(gyre.run("component", "restart", "cron").exit()).isEqualTo(4);
  }

  @Test
  void aComponentThatKeepsCrashingIsBackedOffAndReportedAndTheRestGoesOn() throws Exception {
    Path epoch = gyre.home.resolve("data/epoch/reconciler");
    Map<String, Long> before = pids();
    // It can't count its starts any more.
    Files.delete(epoch);
    Files.createDirectory(epoch);
    gyre.kill("reconciler");
    Gyre.await(
        () -> LOOP.matcher(gyre.run("component", "list").out()).find(), "the loop is reported");
    Gyre.Result list = gyre.run("component", "list");
    assertThat(list.exit()).isEqualTo(1);
    assertThat(list.out()).contains("cannot write " + epoch);
    assertThat(gyre.get("/v1/status").path("components")).isNotEmpty();
    assertThat(gyre.pid("api")).isEqualTo(before.get("api"));
    assertThat(gyre.pid("runtime")).isEqualTo(before.get("runtime"));
    Files.delete(epoch);
    gyre.run("component", "restart", "reconciler").ok();
    Gyre.await(
        () -> gyre.get("/v1/events?limit=500").toString().contains("component_crash_looping"),
        "the loop is part of the story");
  }

  @Test
  void aBrokenConfigurationIsReportedAndTheLastGoodOneStays() throws Exception {
    configure("log_level: debug\n");
    Gyre.await(() -> reload().contains("log_level: info -> debug"), "the edit is taken up");
    configure("log_level: loud\n");
    Gyre.Result broken = gyre.run("config", "reload");
    assertThat(broken.exit()).isEqualTo(1);
    assertThat(broken.err()).contains("log_level: expected one of", "last good configuration");
    assertThat(gyre.run("config", "check").exit()).isEqualTo(1);
    for (String way : List.of("status", "component list", "doctor")) {
      Gyre.Result result = gyre.run(way.split(" "));
      assertThat(result.out()).as(way).contains("log_level: expected one of");
    }
    Gyre.await(
        () -> gyre.get("/v1/events?limit=500").toString().contains("config_broken"),
        "it is part of the story");
    long before = gyre.pid("api");
    gyre.run("component", "restart", "api").ok();
    assertThat(gyre.ready("api", before)).as("a broken file keeps no component down").isTrue();
    Files.delete(gyre.home.resolve("data/gyre.yaml.good"));
    Gyre.Result refused = gyre.run("component", "restart", "api");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("the old one goes on", "log_level: expected one of");
    assertThat(gyre.get("/v1/deployments").path("items")).isEmpty();
    configure("log_level: warn\napi: { port: 0, address: 127.0.0.2 }\n");
    Gyre.await(() -> reload().contains("needs a restart for api.address"), "it says what waits");
    gyre.run("component", "restart", "api").ok();
    assertThat(address()).startsWith("http://127.0.0.2:");
    assertThat(gyre.get("/v1/deployments").path("items")).isEmpty();
    assertThat(reload()).doesNotContain("needs a restart");
  }

  @Test
  void theGuardMayDieAndDownStopsAll() throws Exception {
    long supervisor = gyre.pid("supervisor");
    long guard = ProcessHandle.of(supervisor).flatMap(ProcessHandle::parent).orElseThrow().pid();
    assertThat(Files.readString(Path.of("/proc/" + guard + "/cmdline"))).contains("supervisor");
    Gyre.signal(guard, "KILL");
    Gyre.await(() -> !Gyre.alive(guard), "the guard is gone");
    assertThat(gyre.run("up", "-d").ok().out()).contains("already running");
    assertThat(gyre.pid("supervisor")).isEqualTo(supervisor);
    Gyre.Result unguarded = gyre.run("component", "restart", "supervisor");
    assertThat(unguarded.exit()).isEqualTo(1);
    assertThat(Gyre.alive(supervisor)).isTrue();
    gyre.kill("supervisor");
    Gyre.await(() -> !Gyre.alive(supervisor), "the supervisor is gone");
    Map<String, Long> before = pids();
    gyre.up();
    assertThat(pids()).isEqualTo(before);
    gyre.run("down").ok();
    for (long pid : before.values()) {
      // Whoever inherited it may take a moment to notice.
      Gyre.await(() -> !Gyre.alive(pid), "pid " + pid + " is gone");
    }
  }

  private void killAndAwait(String component) throws Exception {
    long before = gyre.pid(component);
    gyre.kill(component);
    Gyre.await(() -> gyre.ready(component, before), component + " is back");
  }

  private void configure(String text) throws IOException {
    String port = text.contains("api:") ? "" : "api: { port: 0 }\n";
    Files.writeString(gyre.home.resolve("gyre.yaml"), port + text);
  }

  private String reload() throws Exception {
    return gyre.run("config", "reload").out();
  }

  private Map<String, Long> pids() throws IOException {
    Map<String, Long> pids = new TreeMap<>();
    for (String component : SUPERVISED) {
      pids.put(component, gyre.pid(component));
    }
    return pids;
  }

  private String address() throws IOException {
    Matcher matcher =
        Pattern.compile("\"address\":\"([^\"]+)\"")
            .matcher(Files.readString(gyre.home.resolve("run/api.json")));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private String token() throws IOException {
    return Files.readString(gyre.home.resolve("admin-token")).strip();
  }

  /**
   * Two clients, each with a new connection for each request, one after the other. They leave the
   * processors to those who restart, and stay below the API's limit of requests.
   */
  private static final class Knocker implements AutoCloseable {
    private static final int CLIENTS = 2;
    private static final long PAUSE_NANOS = 8_000_000;
    private final InetSocketAddress address;
    private final byte[] request;
    private final List<Thread> clients = new ArrayList<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private final AtomicInteger answered = new AtomicInteger();
    private volatile boolean ending;

    Knocker(String url, String token) {
      URI uri = URI.create(url);
      address = new InetSocketAddress(uri.getHost(), uri.getPort());
      request =
          ("GET /v1/deployments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                  + token
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(Thread.ofPlatform().daemon().start(this::knock));
      }
    }

    private void knock() {
      while (!ending) {
        LockSupport.parkNanos(PAUSE_NANOS);
        try (Socket socket = new Socket()) {
          try {
            socket.connect(address, 30_000);
          } catch (IOException e) {
            refused.add(e.toString());
            continue;
          }
          socket.setSoTimeout(30_000);
          socket.getOutputStream().write(request);
          String answer =
              new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          if (answer.startsWith("HTTP/1.1 200") && answer.endsWith("}")) {
            answered.incrementAndGet();
          } else {
            failed.add("answer: " + answer);
          }
        } catch (IOException e) {
          failed.add(e.toString());
        }
      }
    }

    void awaitAnswers(int least) throws Exception {
      Gyre.await(() -> answered.get() >= least, least + " requests were answered");
    }

    int answered() {
      return answered.get();
    }

    List<String> refused() {
      return refused;
    }

    List<String> failed() {
      return failed;
    }

    @Override
    public void close() {
      ending = true;
      for (Thread client : clients) {
        try {
          client.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
