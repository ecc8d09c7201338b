package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients of a deployment that know of its instances from the API, as a proxy would: they ask those
 * that are ready, each time over a new connection, and never try anything again.
 */
final class Clients {
  private final Gyre gyre;
  private final String deployment;
  private final int containerPort;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger samples = new AtomicInteger();
  private final AtomicInteger leastServing = new AtomicInteger(Integer.MAX_VALUE);
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile List<String> ready = List.of();
  private volatile boolean over;

  /**
   * @param containerPort where containers listen, at their own address; 0: the instances' own port
   */
  Clients(Gyre gyre, String deployment, int containerPort) throws Exception {
    this.gyre = gyre;
    this.deployment = deployment;
    this.containerPort = containerPort;
    ready = endpoints();
    threads.add(Thread.ofPlatform().start(this::sample));
    threads.add(Thread.ofPlatform().start(this::askInTurn));
  }

  /**
   * Puts a healthy revision in the place of another and then a broken one, under load: as many as
   * wanted serve at every instant, no request fails, and the broken one is rolled back.
   *
   * @param manifest has two places: a mark, and the command's end, which a broken revision ends at
   * @param restarts whether all are restarted in place, too
   */
  static void watchAnUpdateAndARollback(
      Gyre gyre, String deployment, int containerPort, String manifest, boolean restarts)
      throws Exception {
    gyre.apply(manifest.formatted("a", "")).ok();
    Map<String, Long> first = gyre.pids(deployment);
    assertThat(first).hasSize(4);
    Clients clients = new Clients(gyre, deployment, containerPort);
    try {
      clients.awaitSamples(10);
      gyre.apply(manifest.formatted("b", "")).ok();
      Map<String, Long> second = gyre.pids(deployment);
      assertThat(second).hasSize(4).doesNotContainKeys(first.keySet().toArray(String[]::new));
      Gyre.Result broken =
          gyre.run(
              "apply",
              "-f",
              gyre.manifest(manifest.formatted("c", "echo cannot go on; exit 3; ")).toString(),
              "--wait",
              "--timeout",
              "100s");
      assertThat(broken.exit()).as(broken.out() + broken.err()).isEqualTo(1);
      assertThat(broken.out() + broken.err()).contains("rolled back", "exited with code 3");
      gyre.awaitRunning(deployment, 4);
      assertThat(gyre.pids(deployment)).isEqualTo(second);
      clients.assertServed(4);
      if (restarts) {
        gyre.run("restart", deployment).ok();
        Gyre.await(
            () -> gyre.instances(deployment).stream().allMatch(i -> restarted(i, second)),
            "all were restarted as asked");
        clients.awaitSamples(10);
        // One at a time is stopped and started again in its place.
        clients.assertServed(3);
      }
    } finally {
      clients.stop();
    }
    assertThat(clients.failures).isEmpty();
    assertThat(clients.answered.get()).isGreaterThan(200);
    gyre.run("delete", deployment, "--wait").ok();
  }

  private static boolean restarted(JsonNode instance, Map<String, Long> before) {
    Long pid = before.get(instance.path("id").asText());
    return pid != null
        && instance.path("ready").asBoolean()
        && instance.path("pid").asLong() != pid;
  }

  /** Since the last call. */
  private void assertServed(int least) {
    assertThat(failures).isEmpty();
    assertThat(leastServing.getAndSet(Integer.MAX_VALUE))
        .as("instances that served at once, over %d samples", samples.get())
        .isGreaterThanOrEqualTo(least);
  }

  private void awaitSamples(int more) throws Exception {
    int until = samples.get() + more;
    Gyre.await(() -> samples.get() >= until, "the clients have asked " + more + " times");
  }

  /** How many answer of those that are said to be ready, again and again. */
  private void sample() {
    while (!over) {
      try {
        List<String> now = endpoints();
        ready = now;
        int serving = 0;
        for (String endpoint : now) {
          serving += ask(endpoint) ? 1 : 0;
        }
        leastServing.accumulateAndGet(serving, Math::min);
        samples.incrementAndGet();
      } catch (IOException e) {
        failures.add("the API: " + e);
      }
    }
  }

  private void askInTurn() {
    for (int turn = 0; !over; turn++) {
      List<String> now = ready;
      if (!now.isEmpty()) {
        ask(now.get(turn % now.size()));
      }
    }
  }

  private List<String> endpoints() throws IOException {
    List<String> endpoints = new ArrayList<>();
    for (JsonNode instance : gyre.instances(deployment)) {
      if (instance.path("ready").asBoolean()) {
        String at =
            containerPort == 0
                ? "127.0.0.1:" + instance.path("ports").path(0).path("port").asInt()
                : instance.path("address").asText() + ":" + containerPort;
        endpoints.add(at);
      }
    }
    return endpoints;
  }

  private boolean ask(String endpoint) {
    long began = System.nanoTime();
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create("http://" + endpoint + "/").toURL().openConnection();
      connection.setRequestProperty("Connection", "close");
      connection.setConnectTimeout(10_000);
      connection.setReadTimeout(10_000);
      try (var body = connection.getInputStream()) {
        String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        if (!text.startsWith("served by ")) {
          throw new IOException("an answer of somebody else: " + text);
        }
      }
      answered.incrementAndGet();
      return true;
    } catch (IOException e) {
      long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
      failures.add(endpoint + " after " + ms + " ms: " + e);
      return false;
    }
  }

  private void stop() throws InterruptedException {
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
