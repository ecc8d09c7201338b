package io.gyre.store;

import static io.gyre.store.Samples.CLOCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ChangeRecord;
import io.gyre.model.Component;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several JVMs on one file. */
class ProcessesSystemTest {
  private static final int KILLS = 6;

  @TempDir Path directory;

  @Test
  void twoWriteHardWhileOneReads() {
    Path file = directory.resolve("gyre.db");
    Store.open(file, Component.API, CLOCK).close();
    try (Fork api = Fork.start("desire", file, "PT5S");
        Fork reconciler = Fork.start("observe", file, "PT5S");
        Fork host = Fork.start("read", file, "PT5S")) {
      for (Fork fork : List.of(api, reconciler, host)) {
        assertThat(fork.line()).isEqualTo("ready");
      }
      for (Fork fork : List.of(api, reconciler, host)) {
        fork.go();
      }
      List<Long> desired = StoreProcess.numbers(api.line());
      List<Long> observed = StoreProcess.numbers(reconciler.line());
      List<Long> reads = StoreProcess.numbers(host.line());
      for (Fork fork : List.of(api, reconciler, host)) {
        assertThat(fork.waitFor()).isZero();
      }
      System.out.printf(
          "5 s at once: %d desired (worst %d ms), %d observed (worst %d ms), %d reads (worst %d"
              + " ms)%n",
          desired.get(0),
          desired.get(1),
          observed.get(0),
          observed.get(1),
          reads.get(0),
          reads.get(1));
      assertThat(List.of(desired.get(1), observed.get(1)))
          .as("no writer waits for seconds")
          .allMatch(worst -> worst < 4_000);
      try (Store store = Store.open(file, Component.RUNTIME, CLOCK)) {
        StateReader state = store.read();
        assertThat(
                state.deployments(null, null, StoreProcess.KEYS + 1).stream()
                    .mapToLong(DesiredDeployment::generation)
                    .sum())
            .isEqualTo(desired.get(0));
        assertThat(state.changes(null, null, Integer.MAX_VALUE)).hasSize(desired.get(0).intValue());
        assertThat(state.events(EventQuery.after(0, Integer.MAX_VALUE)))
            .hasSize(observed.get(0).intValue());
        assertThat(state.lastEventSeq()).isEqualTo(observed.get(0));
        assertThat(store.integrityCheck()).isEqualTo("ok");
        assertThat(store.stats().walBytes()).isLessThan(64L << 20);
      }
    }
  }

  @Test
  void whatWasAcknowledgedSurvivesKills() throws IOException {
    Path file = directory.resolve("gyre.db");
    Store.open(file, Component.API, CLOCK).close();
    for (int kill = 0; kill < KILLS; kill++) {
      long change;
      long event;
      try (Fork api = Fork.start("acknowledge-desired", file);
          Fork reconciler = Fork.start("acknowledge-observed", file)) {
        for (int i = 0; i < 50 + 40 * kill; i++) {
          api.line();
          reconciler.line();
        }
        (kill % 2 == 0 ? api : reconciler).kill();
        (kill % 2 == 0 ? reconciler : api).kill();
        change = last(api.rest());
        event = last(reconciler.rest());
      }
      // The process that may not write comes first, as it may after a crash of all.
      try (Store store = Store.open(file, Component.RUNTIME, CLOCK)) {
        assertWhole(store, change, event);
      }
    }
    try (Store store = Store.open(file, Component.RECONCILER, CLOCK);
        Stream<Path> unpacked = Files.walk(directory.resolve("native"))) {
      assertThat(store.integrityCheck()).isEqualTo("ok");
      assertThat(unpacked.filter(Files::isRegularFile)).as("one library, no remains").hasSize(1);
    }
  }

  private static void assertWhole(Store store, long change, long event) {
    StateReader state = store.read();
    List<Long> changes =
        state.changes(null, null, Integer.MAX_VALUE).stream().map(ChangeRecord::seq).toList();
    assertThat(changes.getFirst()).isGreaterThanOrEqualTo(change);
    assertThat(changes).as("none is missing").hasSize(changes.getFirst().intValue());
    assertThat(state.configRecord("load", "counter").orElseThrow().content().texts().get("n"))
        .isEqualTo("" + changes.getFirst());

    List<Long> events =
        state.events(EventQuery.after(0, Integer.MAX_VALUE)).stream()
            .map(EventRecord::seq)
            .toList();
    assertThat(events.getLast()).isGreaterThanOrEqualTo(event);
    assertThat(events).as("none is missing").hasSize(events.getLast().intValue());
    assertThat(state.instance(new InstanceId("counter")).orElseThrow().revision())
        .isEqualTo(events.getLast());
    assertThat(store.integrityCheck()).isEqualTo("ok");
  }

  /** The last complete line: the kill may have cut one. */
  private static long last(List<String> lines) {
    return lines.size() < 2 ? 1 : Long.parseLong(lines.get(lines.size() - 2));
  }

  @Test
  void ofManyThatStartAtOnceOneMigrates() {
    Path file = directory.resolve("sub/dir/gyre.db");
    List<Fork> forks = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        forks.add(Fork.start("open", file, i % 2 == 0 ? "api" : "reconciler"));
      }
      forks.forEach(fork -> assertThat(fork.line()).isEqualTo("ready"));
      forks.forEach(Fork::go);
      List<String> found = forks.stream().map(Fork::line).sorted().toList();
      int version = Schema.VERSION;
      assertThat(found)
          .containsExactly("0 " + version, "0 " + version, "0 " + version, version + " " + version);
      forks.forEach(fork -> assertThat(fork.waitFor()).isZero());
    } finally {
      forks.forEach(Fork::close);
    }
  }
}
