package io.gyre.reconciler.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gyre.model.BoundPort;
import io.gyre.model.DeploymentKey;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import io.gyre.model.HealthCheck.Probe;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.PortMapping;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Probes a real HTTP server. */
final class HealthMonitorComponentTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private volatile String body = "";
  private HttpServer server;
  private int rawPort;
  private HealthMonitor monitor;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext(
        "/",
        exchange -> {
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Host"));
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    monitor = new HealthMonitor(new ExecProbe(Path.of("/nonexistent"), message -> {}), this::note);
  }

  private void note(Verdict verdict) {
    switch (verdict) {
      case Verdict.Unhealthy unhealthy ->
          told.add(
              unhealthy.action().name().toLowerCase(Locale.ROOT)
                  + " "
                  + unhealthy.instance()
                  + ": "
                  + unhealthy.detail());
      case Verdict.Readiness readiness ->
          told.add((readiness.ready() ? "ready " : "unready ") + readiness.instance());
      case Verdict.Changed changed -> {}
    }
  }

  @AfterEach
  void stop() {
    monitor.close();
    server.stop(0);
  }

  private static HealthCheck check(
      Probe probe, OnFailure onFailure, boolean readiness, int successes, boolean startup) {
    return new HealthCheck(
        probe,
        Duration.ofMillis(30),
        Duration.ofSeconds(5),
        2,
        onFailure,
        readiness,
        Duration.ZERO,
        Duration.ZERO,
        successes,
        startup);
  }

  private InstanceRecord instance() {
    return new InstanceRecord(
        new InstanceId("web-abcdef"),
        WEB,
        1,
        0,
        "process",
        false,
        InstanceState.RUNNING,
        false,
        7L,
        null,
        "127.0.0.1",
        List.of(
            new BoundPort(
                "PORT",
                "127.0.0.1",
                rawPort == 0 ? server.getAddress().getPort() : rawPort,
                rawPort == 0 ? server.getAddress().getPort() : rawPort,
                PortMapping.Protocol.TCP)),
        0,
        0,
        Instant.now(),
        Instant.now(),
        null,
        null,
        null,
        null,
        "c",
        Instant.now());
  }

  private void watch(HealthCheck... checks) {
    monitor.watch(WEB, Map.of(instance(), List.of(checks)), id -> List.of());
  }

  private static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void asksAsItIsToldTo() {
    status = 401;
    Probe probe =
        new Probe.Http("http://localhost/x?y=1", "HEAD", Map.of("Host", "shop.test"), "200,401");
    watch(check(probe, OnFailure.ALERT, true, 1, false));
    await(() -> told.contains("ready web-abcdef"), "401 is expected");
    assertThat(requests.getFirst()).isEqualTo("HEAD /x?y=1 shop.test");
  }

  @Test
  void tellsWhatAFailingProbeWasAnswered() {
    status = 503;
    body = "database\nis away";
    watch(check(new Probe.Http("http://localhost/"), OnFailure.RESTART, false, 1, false));
    await(() -> !told.isEmpty(), "the threshold is reached");
    assertThat(told.getFirst())
        .startsWith("restart web-abcdef: GET http://127.0.0.1:")
        .contains("answered 503: database is away (2 times in a row)");
  }

  @Test
  void passesAgainAfterAsManySuccessesAsItNeeds() {
    watch(check(new Probe.Http("http://localhost/"), OnFailure.ALERT, true, 4, false));
    await(() -> told.contains("ready web-abcdef"), "ready");
    assertThat(requests).hasSizeGreaterThanOrEqualTo(4);
    status = 500;
    await(() -> told.contains("unready web-abcdef"), "not ready");
    int before = requests.size();
    status = 200;
    await(() -> told.getLast().equals("ready web-abcdef"), "ready again");
    assertThat(requests.size() - before).isGreaterThanOrEqualTo(4);
  }

  /** What a server says that knows no HTTP, or says it in pieces and very slowly. */
  private void answersRaw(String answer, int pauseMs, boolean close) throws IOException {
    server.stop(0);
    java.net.ServerSocket raw = new java.net.ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              while (!raw.isClosed()) {
                try (java.net.Socket one = raw.accept()) {
                  for (byte each : answer.getBytes(StandardCharsets.ISO_8859_1)) {
                    one.getOutputStream().write(each);
                    if (pauseMs > 0) {
                      Thread.sleep(pauseMs);
                    }
                  }
                  if (!close) {
                    one.getInputStream().readAllBytes();
                  }
                } catch (IOException | InterruptedException e) {
                  // The probe went away.
                }
              }
            });
    rawPort = raw.getLocalPort();
  }

  private void awaitAlert(String words) {
    await(() -> told.stream().anyMatch(line -> line.startsWith("alert")), "it fails");
    assertThat(told.getFirst()).contains(words);
  }

  private void watchFor(Duration timeout) {
    HealthCheck check = check(new Probe.Http("http://localhost/"), OnFailure.ALERT, true, 1, false);
    watch(
        new HealthCheck(
            check.probe(),
            check.interval(),
            timeout,
            1,
            check.onFailure(),
            true,
            Duration.ZERO,
            Duration.ZERO));
  }

  @Test
  void readsAnAnswerInPiecesAndInChunks() throws IOException {
    answersRaw(
        """
        HTTP/1.1 103 Early Hints
        Link: x

        HTTP/1.1 503 No
        Transfer-Encoding: chunked

        5
        hello
        0

        """
            .replace("\n", "\r\n"),
        1,
        true);
    watchFor(Duration.ofSeconds(20));
    awaitAlert("answered 503: hello (1 times in a row)");
  }

  @Test
  void takesNoLongerThanItsTimeoutHoweverSlowlyItIsAnswered() throws IOException {
    answersRaw("HTTP/1.1 200 OK and so on and on and on", 50, true);
    watchFor(Duration.ofMillis(300));
    awaitAlert("no answer within 300 ms");
  }

  @Test
  void saysWhatIsNoHttp() throws IOException {
    answersRaw("SSH-2.0-OpenSSH\r\n", 0, true);
    watchFor(Duration.ofSeconds(20));
    awaitAlert("isn't HTTP: SSH-2.0-OpenSSH");
  }

  @Test
  void saysThatNothingWasAnswered() throws IOException {
    answersRaw("", 0, true);
    watchFor(Duration.ofSeconds(20));
    awaitAlert(": ");
  }

  @Test
  void otherChecksBeginAfterTheStartupCheck() {
    status = 500;
    watch(
        check(new Probe.Http("http://localhost/up"), OnFailure.ALERT, false, 1, true),
        check(new Probe.Http("http://localhost/serves"), OnFailure.ALERT, true, 1, false));
    await(() -> told.stream().anyMatch(line -> line.startsWith("alert")), "it fails to start up");
    assertThat(requests).noneMatch(line -> line.contains("/serves"));
    status = 200;
    await(() -> told.contains("ready web-abcdef"), "it has started up");
    int ups = (int) requests.stream().filter(line -> line.contains("/up")).count();
    int serves = requests.size();
    await(() -> requests.size() > serves + 5, "it is probed on");
    assertThat(requests.stream().filter(line -> line.contains("/up")).count()).isEqualTo(ups);
  }
}
