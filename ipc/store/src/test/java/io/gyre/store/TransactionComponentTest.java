package io.gyre.store;

import static io.gyre.store.Samples.CLOCK;
import static io.gyre.store.Samples.NOW;
import static io.gyre.store.Samples.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All or nothing, one at a time, by the owner only. */
class TransactionComponentTest {
  @TempDir Path directory;

  private Path file;
  private Store api;
  private Store reconciler;

  @BeforeEach
  void open() {
    file = directory.resolve("gyre.db");
    api = Store.open(file, Component.API, CLOCK);
    reconciler = Store.open(file, Component.RECONCILER, CLOCK);
  }

  @AfterEach
  void close() {
    reconciler.close();
    api.close();
  }

  @Test
  void anExceptionRollsAllBack() {
    IllegalStateException mine = new IllegalStateException("mine");
    assertThat(
            catchThrowable(
                () ->
                    api.desired()
                        .run(
                            tx -> {
                              Samples.apply(tx, WEB, 1, Samples.PLAIN);
                              tx.recordChange(Samples.change(1));
                              throw mine;
                            })))
        .isSameAs(mine);
    assertThat(api.read().deployment(WEB)).isEmpty();
    assertThat(api.read().namespaces()).isEmpty();
    assertThat(api.read().changes(null, null, 1)).isEmpty();
    api.desired().run(tx -> Samples.apply(tx, WEB, 1, Samples.PLAIN));
    assertThat(api.read().deployment(WEB)).isPresent();
  }

  @Test
  void aFailedStatementUndoesAllEvenWhenItWasCaught() {
    api.desired().run(tx -> tx.addRevision(WEB, 1, Samples.PLAIN, "c-1", "admin"));
    assertConflict(
        catchThrowable(
            () ->
                api.desired()
                    .run(
                        tx -> {
                          tx.putNamespace("kept-only-if-all-is");
                          assertConflict(
                              catchThrowable(
                                  () -> tx.addRevision(WEB, 1, Samples.FULL, "c-2", "admin")));
                          assertConflict(catchThrowable(() -> tx.putNamespace("second")));
                        })));
    assertThat(api.read().namespaces()).isEmpty();
    assertThat(api.read().revisionSpec(WEB, 1)).contains(Samples.PLAIN);
  }

  @Test
  void aDeploymentNeedsItsRevision() {
    assertThatThrownBy(
            () ->
                api.desired()
                    .run(tx -> tx.putDeployment(Samples.deployment(WEB, 1, 1, Samples.PLAIN))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("isn't stored");
    assertThatThrownBy(
            () ->
                api.desired()
                    .run(
                        tx -> {
                          tx.addRevision(WEB, 1, Samples.FULL, "c-1", "admin");
                          tx.putDeployment(Samples.deployment(WEB, 1, 1, Samples.PLAIN));
                        }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another spec");
    assertThat(api.read().deployments(null, null, 1)).isEmpty();
  }

  @Test
  void onlyTheOwnerWrites() {
    try (Store host = Store.open(file, Component.RUNTIME, CLOCK)) {
      assertThatThrownBy(reconciler::desired)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the desired state is written by api only, this is reconciler");
      assertThatThrownBy(api::observed).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(host::desired).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(host::observed).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(host::checkpoint).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aTransactionIsOfOneThreadAndEnds() throws Exception {
    AtomicReference<@Nullable DesiredTx> escaped = new AtomicReference<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      api.desired()
          .run(
              tx -> {
                escaped.set(tx);
                assertThatThrownBy(() -> executor.submit(() -> tx.putNamespace("a")).get())
                    .hasRootCauseMessage("used by another thread");
                assertThatThrownBy(() -> api.desired().run(inner -> {}))
                    .isInstanceOf(IllegalStateException.class);
                tx.putNamespace("b");
              });
    }
    assertThat(api.read().namespaces()).extracting(NamespaceRecord::name).containsExactly("b");
    DesiredTx ended = Objects.requireNonNull(escaped.get());
    assertThatThrownBy(() -> ended.putNamespace("c"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("used after its end");
  }

  @Test
  void manyThreadsEachGetTheirTurn() throws Exception {
    int threads = 20;
    int each = 50;
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int thread = 0; thread < threads; thread++) {
        String name = "t" + thread;
        running.add(
            executor.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    reconciler.observed().run(tx -> tx.appendEvent(Samples.event(NOW, name)));
                    assertThat(reconciler.read().lastEventSeq()).isPositive();
                  }
                }));
      }
    }
    for (Future<?> future : running) {
      future.get();
    }
    assertThat(api.read().events(EventQuery.after(0, threads * each + 1)))
        .hasSize(threads * each)
        .extracting(EventRecord::seq)
        .isSorted();
  }

  @Test
  void anInterruptedThreadStillReadsAndWrites() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  Thread.currentThread().interrupt();
                  failure.set(
                      catchThrowable(
                          () -> {
                            api.desired().run(tx -> tx.putNamespace("a"));
                            assertThat(api.read().namespaces()).hasSize(1);
                            assertThat(Thread.currentThread().isInterrupted()).isTrue();
                          }));
                  done.countDown();
                });
    done.await();
    thread.join();
    assertThat(failure.get()).isNull();
  }

  @Test
  void aLockThatIsHeldTooLongIsReported() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> holder =
          executor.submit(
              () ->
                  api.desired()
                      .run(
                          tx -> {
                            held.countDown();
                            try {
                              letGo.await();
                            } catch (InterruptedException e) {
                              throw new IllegalStateException(e);
                            }
                          }));
      held.await();
      long start = System.nanoTime();
      Throwable thrown =
          catchThrowable(() -> reconciler.observed().run(tx -> tx.removeRuntime("a")));
      long waited = (System.nanoTime() - start) / 1_000_000;
      letGo.countDown();
      holder.get();
      assertThat(thrown)
          .isInstanceOfSatisfying(
              GyreException.class,
              e -> {
                assertThat(e.code()).isEqualTo("store.busy");
                assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
                assertThat(e.hint()).contains("gyre doctor");
              });
      assertThat(waited).isBetween(4_900L, 9_000L);
    }
    reconciler.observed().run(tx -> tx.removeRuntime("a"));
  }

  @Test
  void afterCloseEverythingSaysSo() {
    StateReader read = api.read();
    DesiredWriter desired = api.desired();
    api.close();
    for (Throwable thrown :
        List.of(
            catchThrowable(read::namespaces),
            catchThrowable(() -> desired.run(tx -> {})),
            catchThrowable(() -> api.checkpoint()))) {
      assertThat(thrown)
          .isInstanceOfSatisfying(
              GyreException.class, e -> assertThat(e.code()).isEqualTo("store.closed"));
    }
    api.close();
  }

  @Test
  void oldRevisionsGo() {
    DeploymentKey other = new DeploymentKey("shop", "other");
    api.desired().run(tx -> Samples.apply(tx, other, 1, Samples.PLAIN));
    api.desired().run(tx -> Samples.apply(tx, WEB, 1, Samples.PLAIN));
    reconciler.observed().run(tx -> tx.putInstance(Samples.plainInstance("web-222222", WEB, 3)));
    for (int revision = 2; revision <= 30; revision++) {
      int number = revision;
      api.desired()
          .run(tx -> tx.addRevision(WEB, number, Samples.process("" + number), "c-1", "admin"));
    }
    List<Long> expected = new ArrayList<>(List.of(1L, 3L));
    for (long revision = 11; revision <= 30; revision++) {
      expected.add(revision);
    }
    assertThat(api.read().revisions(WEB))
        .as("the newest 20, the current one, and what an instance runs")
        .extracting(RevisionRecord::revision)
        .containsExactlyElementsOf(expected);
    assertThat(api.read().revisions(other)).hasSize(1);
  }

  @Test
  void oldEventsGo() {
    ObservedWriter observed = reconciler.observed();
    observed.run(
        tx -> {
          for (int i = 1; i <= 10; i++) {
            tx.appendEvent(Samples.event(NOW.plusSeconds(i), "e" + i));
          }
        });
    assertThat(observed.<Integer>transact(tx -> tx.sweepEvents(100, NOW))).isZero();
    assertThat(observed.<Integer>transact(tx -> tx.sweepEvents(100, NOW.plusSeconds(4))))
        .isEqualTo(3);
    assertThat(messages()).containsExactly("e4", "e5", "e6", "e7", "e8", "e9", "e10");
    assertThat(observed.<Integer>transact(tx -> tx.sweepEvents(2, NOW))).isEqualTo(5);
    assertThat(messages()).containsExactly("e9", "e10");
    assertThat(observed.<Integer>transact(tx -> tx.sweepEvents(100, NOW.plusSeconds(99))))
        .isEqualTo(2);
    assertThat(observed.<Integer>transact(tx -> tx.sweepEvents(0, NOW))).isZero();
    assertThat(reconciler.read().lastEventSeq()).isEqualTo(10);
    long next = observed.<Long>transact(tx -> tx.appendEvent(Samples.event(NOW, "new")));
    assertThat(next).as("numbers aren't used again").isEqualTo(11);
    assertThat(observed.<Integer>transact(tx -> tx.sweepEvents(0, NOW))).isEqualTo(1);
  }

  @Test
  void oldChangesGo() {
    api.desired()
        .run(
            tx -> {
              for (int i = 1; i <= 5; i++) {
                tx.recordChange(Samples.change(i));
              }
              assertThat(tx.sweepChanges(3, NOW)).isEqualTo(2);
              assertThat(tx.sweepChanges(3, NOW.plusMillis(1))).isEqualTo(3);
            });
    assertThat(api.read().changes(null, null, 9)).isEmpty();
  }

  @Test
  void checkpointEmptiesTheLog() {
    reconciler
        .observed()
        .run(
            tx -> {
              for (int i = 0; i < 1000; i++) {
                tx.appendEvent(Samples.event(NOW, "x".repeat(200)));
              }
            });
    assertThat(reconciler.stats().walBytes()).isGreaterThan(200_000);
    reconciler.checkpoint();
    assertThat(reconciler.stats().walBytes()).isZero();
    assertThat(reconciler.stats().dbBytes()).isGreaterThan(200_000);
  }

  @Test
  void checkpointGivesWayToReaders() {
    reconciler.observed().run(tx -> tx.appendEvent(Samples.event(NOW, "a")));
    api.snapshot(
        state -> {
          assertThat(state.lastEventSeq()).isEqualTo(1);
          reconciler.observed().run(tx -> tx.appendEvent(Samples.event(NOW, "b")));
          long start = System.nanoTime();
          reconciler.checkpoint();
          assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(3_000);
          return state.lastEventSeq();
        });
    assertThat(reconciler.read().lastEventSeq()).isEqualTo(2);
  }

  private List<String> messages() {
    return reconciler.read().events(EventQuery.after(0, 100)).stream()
        .map(EventRecord::message)
        .toList();
  }

  private static void assertConflict(Throwable thrown) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            GyreException.class, e -> assertThat(e.code()).isEqualTo("store.conflict"));
  }
}
