import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Row 8: what a thousand probes a second cost: 100 instances with 10 checks each. */
final class Probed {
  private static final int INSTANCES = 100;
  private static final int CHECKS = 10;

  private final Workshop workshop;

  Probed(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    int seconds = workshop.quick() ? 10 : 30;
    AtomicLong requests = new AtomicLong();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    List<Row> rows = new ArrayList<>();
    try (Gyre gyre = Gyre.start(workshop, "")) {
      gyre.apply(manifest(server.getAddress().getPort()));
      awaitRate(requests);
      double before = Machine.cpuMillis(gyre.pid("reconciler"));
      long probesBefore = requests.get();
      long from = System.nanoTime();
      Thread.sleep(seconds * 1000L);
      double took = (System.nanoTime() - from) / 1e6;
      double spent = Machine.cpuMillis(gyre.pid("reconciler")) - before;
      double rate = (requests.get() - probesBefore) * 1000.0 / took;
      double memory = Machine.pssMegabytes(gyre.pid("reconciler"));
      rows.add(value("HTTP probes: a second", "", rate));
      rows.add(value("HTTP probes: reconciler CPU", "% of a core", 100 * spent / took));
      rows.add(value("HTTP probes: reconciler PSS", "MB", memory));
    } finally {
      server.stop(0);
    }
    return rows;
  }

  private static Row value(String what, String unit, double value) {
    return Row.measured(9, what, unit, Samples.of(value));
  }

  /** Until all of them are probed, and a while more. */
  private static void awaitRate(AtomicLong requests) throws Exception {
    for (int second = 0; second < 120; second++) {
      long before = requests.get();
      Thread.sleep(1000);
      if (requests.get() - before > INSTANCES * CHECKS * 0.9) {
        Thread.sleep(3000);
        return;
      }
    }
    throw new Unmeasured("not all instances were probed in time");
  }

  private static String manifest(int port) {
    StringBuilder text =
        new StringBuilder(
            """
            deployments:
              probed:
                replicas: %d
                process: { command: [sleep, "1000000"], stop_grace: 1s }
                health_checks:
            """
                .formatted(INSTANCES));
    for (int i = 0; i < CHECKS; i++) {
      text.append(
          "      - { http: \"http://127.0.0.1:%d/%d\", interval: 1s, on_failure: alert }\n"
              .formatted(port, i));
    }
    return text.toString();
  }
}
