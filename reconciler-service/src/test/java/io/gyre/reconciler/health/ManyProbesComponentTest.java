package io.gyre.reconciler.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gyre.model.BoundPort;
import io.gyre.model.DeploymentKey;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.PortMapping;
import io.gyre.model.ProbeRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A thousand instances, one of which never answers. */
final class ManyProbesComponentTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");
  private static final int MANY = 1000;

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger verdicts = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private HttpServer server;
  private ServerSocket silent;
  private HealthMonitor monitor;

  @BeforeEach
  void start() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    server = HttpServer.create(new InetSocketAddress(loopback, 0), 1024);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    silent = new ServerSocket(0, 50, loopback);
    monitor =
        new HealthMonitor(
            new ExecProbe(Path.of("/nonexistent"), message -> {}),
            verdict -> {
              verdicts.incrementAndGet();
              // Told with the lock held, this would wait for another thread for good.
              most.accumulateAndGet(monitor.records(WEB).size(), Math::max);
            });
  }

  @AfterEach
  void stop() throws IOException {
    monitor.close();
    server.stop(0);
    silent.close();
  }

  private static InstanceRecord instance(int number, int port) {
    return new InstanceRecord(
        new InstanceId("web-" + (100_000 + number)),
        WEB,
        1,
        number,
        "process",
        false,
        InstanceState.RUNNING,
        false,
        (long) number + 10,
        null,
        "127.0.0.1",
        List.of(new BoundPort("PORT", "127.0.0.1", port, port, PortMapping.Protocol.TCP)),
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

  private static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static long passing(Map<InstanceId, List<ProbeRecord>> records) {
    return records.values().stream()
        .filter(each -> each.getFirst().state() == ProbeRecord.State.PASSING)
        .count();
  }

  @Test
  void oneThatHangsDelaysNobodyAndWhatIsUnchangedIsNotWritten() {
    HealthCheck check =
        new HealthCheck(
            new HealthCheck.Probe.Http("http://localhost/health"),
            Duration.ofMillis(500),
            Duration.ofMinutes(5),
            2,
            HealthCheck.OnFailure.ALERT,
            true,
            Duration.ZERO,
            Duration.ZERO);
    List<InstanceRecord> all = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      all.add(instance(i, i == 0 ? silent.getLocalPort() : server.getAddress().getPort()));
    }
    monitor.watch(
        WEB,
        all.stream().collect(Collectors.toMap(each -> each, each -> List.of(check))),
        id -> List.of());
    await(() -> passing(monitor.records(WEB)) == MANY - 1, "all but one pass");
    await(() -> verdicts.get() == 2 * (MANY - 1), "each tells that it passes, and is ready");
    assertThat(monitor.takeUnsaved(WEB)).hasSize(MANY);

    int before = requests.get();
    await(() -> requests.get() >= before + 2 * MANY, "they are probed on");
    assertThat(monitor.takeUnsaved()).as("nothing new was seen").isEmpty();
    assertThat(verdicts.get()).as("nor told").isEqualTo(2 * (MANY - 1));
    assertThat(most.get()).isEqualTo(MANY);

    monitor.forgetSaved();
    assertThat(monitor.takeUnsaved()).as("what may be lost is stored again").hasSize(MANY);
    monitor.watch(WEB, Map.of(), id -> List.of());
    assertThat(monitor.idle()).isTrue();
  }
}
