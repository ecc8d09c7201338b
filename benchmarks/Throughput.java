import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Row 13: requests one after the other on a few connections, from this JVM and so on the same
 * processors; first with nothing else to do, then while instances come and go.
 */
final class Throughput {
  private static final int CONNECTIONS = 4;
  private static final int KEPT = 1000;
  private static final String UNLIMITED =
      "api: { port: 0, limits: { requests: 100000, connections: 2000 } }\n";

  private final Workshop workshop;
  private final List<Row> rows = new ArrayList<>();

  Throughput(Workshop workshop) {
    this.workshop = workshop;
  }

  private interface Request {
    void send(int number) throws Exception;
  }

  List<Row> measure() throws Exception {
    try (Gyre gyre = Gyre.start(workshop, UNLIMITED);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      gyre.apply(manifest(10));
      Request read = _ -> gyre.get("/v1/namespaces/default/deployments/many");
      Request write =
          number ->
              gyre.put(
                  "/v1/namespaces/default/configs/c" + number % 10,
                  "{\"data\": {\"value\": \"" + System.nanoTime() + "\"}}");
      rate(threads, read, 2);
      rate(threads, write, 2);
      phase(threads, "reads", "", read);
      phase(threads, "writes", "", write);
      AtomicBoolean stop = new AtomicBoolean();
      Future<?> changes = threads.submit(() -> change(gyre, stop));
      phase(threads, "reads", " while reconciling", read);
      phase(threads, "writes", " while reconciling", write);
      stop.set(true);
      changes.get(60, TimeUnit.SECONDS);
    }
    return rows;
  }

  private static String manifest(int replicas) {
    return """
    deployments:
      many: { replicas: %d, process: { command: [sleep, "1000000"], stop_grace: 1s } }
    """
        .formatted(replicas);
  }

  private static Void change(Gyre gyre, AtomicBoolean stop) throws Exception {
    for (int round = 0; !stop.get(); round++) {
      gyre.apply(manifest(round % 2 == 0 ? 20 : 10));
      Thread.sleep(300);
    }
    return null;
  }

  private void phase(ExecutorService threads, String what, String when, Request request)
      throws Exception {
    workshop.calm().await();
    int seconds = workshop.quick() ? 3 : 6;
    List<Double> rates = new ArrayList<>();
    List<Double> latencies = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      List<Double> second = rate(threads, request, 1);
      rates.add((double) second.size());
      latencies.addAll(second);
    }
    rows.add(Row.measured(13, "API " + what + " a second" + when, "", new Samples(rates)));
    rows.add(
        Row.measured(
            13, "API " + what + when + ": one", "ms", new Samples(latencies).thinned(KEPT)));
  }

  /** What each request took, in milliseconds. */
  private static List<Double> rate(ExecutorService threads, Request request, int seconds)
      throws Exception {
    ConcurrentLinkedQueue<Double> took = new ConcurrentLinkedQueue<>();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<Future<?>> running = new ArrayList<>();
    for (int connection = 0; connection < CONNECTIONS; connection++) {
      int first = connection;
      running.add(
          threads.submit(
              () -> {
                for (int i = first; System.nanoTime() < end; i += CONNECTIONS) {
                  long from = System.nanoTime();
                  request.send(i);
                  took.add((System.nanoTime() - from) / 1e6);
                }
                return null;
              }));
    }
    for (Future<?> each : running) {
      each.get();
    }
    return List.copyOf(took);
  }
}
