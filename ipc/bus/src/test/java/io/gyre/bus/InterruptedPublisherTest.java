package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody should interrupt a publisher; if it happens, nothing may break for good. */
class InterruptedPublisherTest {
  private static final int THREADS = 8;
  private static final int MESSAGES = 300;

  @TempDir Path directory;

  @Test
  void manyInterruptedThreads() throws InterruptedException {
    MovableClock clock = new MovableClock();
    TestBus buses = new TestBus(directory, clock);
    Inbox inbox = new Inbox();
    ConcurrentSkipListSet<String> published = new ConcurrentSkipListSet<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Thread.Builder kind = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
        threads.add(
            kind.start(
                () -> {
                  try {
                    for (int n = 0; n < MESSAGES; n++) {
                      published.add(TestBus.publish(api, n));
                    }
                  } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                  }
                }));
      }
      Random random = new Random(3);
      for (int i = 0; threads.stream().anyMatch(Thread::isAlive); i++) {
        threads.get(random.nextInt(THREADS)).interrupt();
        if (i % 50 == 0) {
          clock.move(Duration.ofHours(1));
        }
        Thread.sleep(0, 50_000);
      }

      assertThat(failure.get()).isNull();
      assertThat(published).hasSize(THREADS * MESSAGES);
      inbox.awaitNumbers(THREADS * MESSAGES);
      assertThat(inbox.envelopes)
          .extracting(envelope -> envelope.id())
          .doesNotHaveDuplicates()
          .containsAll(published);
    }
  }
}
