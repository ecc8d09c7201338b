package io.gyre.store;

import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.EventRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What the forked JVMs of the tests do. A job prints {@code ready}, waits for a line, works, and
 * prints what it found; any failure ends it with a stack trace and a status other than 0.
 */
final class StoreProcess {
  static final int KEYS = 10;

  private StoreProcess() {}

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[1]);
    switch (args[0]) {
      case "open" -> open(file, Component.parse(args[2]));
      case "desire" -> desire(file, Duration.parse(args[2]));
      case "observe" -> observe(file, Duration.parse(args[2]));
      case "read" -> read(file, Duration.parse(args[2]));
      case "acknowledge-desired" -> acknowledgeDesired(file);
      case "acknowledge-observed" -> acknowledgeObserved(file);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void say(Object line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void ready() throws IOException {
    say("ready");
    if (System.in.read() < 0) {
      throw new IOException("the test has gone");
    }
  }

  private static void open(Path file, Component owner) throws IOException {
    ready();
    try (Store store = Store.open(file, owner, Clock.systemUTC())) {
      say(store.migrationsApplied() + " " + store.read().schemaVersion());
    }
  }

  /** Each transaction changes a deployment and records that. */
  private static void desire(Path file, Duration time) throws IOException {
    try (Store store = Store.open(file, Component.API, Clock.systemUTC())) {
      ready();
      long end = System.nanoTime() + time.toNanos();
      long worst = 0;
      long count = 0;
      while (System.nanoTime() < end) {
        DeploymentKey key = new DeploymentKey("load", "d" + count % KEYS);
        long start = System.nanoTime();
        store
            .desired()
            .run(
                tx -> {
                  long generation =
                      tx.deployment(key).map(found -> found.generation() + 1).orElse(1L);
                  if (generation == 1) {
                    tx.addRevision(key, 1, Samples.FULL, "c-1", "load");
                  }
                  tx.putDeployment(Samples.deployment(key, generation, 1, Samples.FULL));
                  tx.recordChange(Samples.change(generation));
                });
        worst = Math.max(worst, System.nanoTime() - start);
        count++;
      }
      say(count + " " + worst / 1_000_000);
    }
  }

  /** Each transaction changes an instance and appends an event. */
  private static void observe(Path file, Duration time) throws IOException {
    try (Store store = Store.open(file, Component.RECONCILER, Clock.systemUTC())) {
      ready();
      long end = System.nanoTime() + time.toNanos();
      long worst = 0;
      long count = 0;
      while (System.nanoTime() < end) {
        String id = "web-" + count % KEYS;
        long start = System.nanoTime();
        store
            .observed()
            .run(
                tx -> {
                  tx.putInstance(Samples.fullInstance(id, Samples.WEB, 1));
                  tx.appendEvent(Samples.event(Instant.now(), id));
                });
        worst = Math.max(worst, System.nanoTime() - start);
        count++;
      }
      say(count + " " + worst / 1_000_000);
    }
  }

  /** Follows the events and checks that each state it sees is whole. */
  private static void read(Path file, Duration time) throws IOException {
    try (Store store = Store.open(file, Component.RUNTIME, Clock.systemUTC())) {
      ready();
      long end = System.nanoTime() + time.toNanos();
      long worst = 0;
      long count = 0;
      long seq = 0;
      while (System.nanoTime() < end) {
        long start = System.nanoTime();
        for (EventRecord event : store.read().events(EventQuery.after(seq, 100))) {
          if (event.seq() != seq + 1) {
            throw new IllegalStateException("after " + seq + " came " + event.seq());
          }
          seq = event.seq();
        }
        long[] sums =
            store.snapshot(
                state ->
                    new long[] {
                      state.deployments(null, null, KEYS).stream()
                          .mapToLong(deployment -> deployment.generation())
                          .sum(),
                      state.changes(null, null, 1).stream().mapToLong(change -> change.seq()).sum()
                    });
        if (sums[0] != sums[1]) {
          throw new IllegalStateException("half a transaction: " + sums[0] + ", " + sums[1]);
        }
        worst = Math.max(worst, System.nanoTime() - start);
        count++;
      }
      say(count + " " + worst / 1_000_000);
    }
  }

  /** Until killed: prints n after the transaction that made change n and set the counter to it. */
  private static void acknowledgeDesired(Path file) {
    Store store = Store.open(file, Component.API, Clock.systemUTC());
    while (true) {
      say(
          store
              .desired()
              .<Long>transact(
                  tx -> {
                    long seq = tx.recordChange(Samples.change(1));
                    tx.putConfig("load", "counter", Map.of("n", "" + seq), Map.of(), "c", "a");
                    return seq;
                  }));
    }
  }

  /** Until killed: prints n after the transaction that made event n and set the counter to it. */
  private static void acknowledgeObserved(Path file) {
    Store store = Store.open(file, Component.RECONCILER, Clock.systemUTC());
    while (true) {
      say(
          store
              .observed()
              .<Long>transact(
                  tx -> {
                    long seq = tx.appendEvent(Samples.event(Instant.now(), "e"));
                    tx.putInstance(Samples.fullInstance("counter", Samples.WEB, seq));
                    return seq;
                  }));
    }
  }

  /** Of a line "count milliseconds". */
  static List<Long> numbers(String line) {
    return List.of(line.split(" ")).stream().map(Long::parseLong).toList();
  }
}
