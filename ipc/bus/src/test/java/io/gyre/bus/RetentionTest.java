package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static io.gyre.model.Component.RUNTIME;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
  @TempDir Path directory;
  private final MovableClock clock = new MovableClock();
  private TestBus buses;

  @BeforeEach
  void buses() {
    buses = new TestBus(directory, clock);
  }

  @Test
  void whatEveryReaderHasPassedIsDeleted() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      for (int hour = 1; hour <= 8; hour++) {
        TestBus.publish(api, hour);
        inbox.awaitNumbers(hour);
        int handled = hour;
        Await.until("it was counted", () -> reconciler.stats().handled() == handled);
        clock.move(Duration.ofHours(1));
      }

      assertThat(inbox.numbers()).containsExactlyElementsOf(numbers(1, 8));
      // the reader's position is one behind when the writer looks, right after the first message
      assertThat(files()).hasSizeBetween(2, 3);
    }
  }

  @Test
  void whatAReaderStillNeedsIsKeptForADay() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API)) {
      buses.open(RECONCILER, API).close();
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        TestBus.publish(api, 1);
        inbox.awaitNumbers(1);
      }
      publishHourly(api, 2, 9);
      assertThat(files()).hasSize(9);

      Path position = directory.resolve("bus/positions/reconciler-api");
      Files.setLastModifiedTime(
          position, FileTime.from(clock.instant().minus(Duration.ofHours(25))));
      publishHourly(api, 10, 10);
      assertThat(files()).hasSize(2);

      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        TestBus.publish(api, 11);
        inbox.awaitNumbers(4);
        assertThat(inbox.numbers()).containsExactly(1L, 9L, 10L, 11L);
        assertThat(reconciler.stats().repositioned()).isEqualTo(1);
      }
    }
  }

  @Test
  void aReaderThatHasReadNothingYetNeedsEverything() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
    }
    try (Bus api = buses.open(API)) {
      publishHourly(api, 1, 6);
      assertThat(files()).hasSize(6);
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        assertThat(inbox.awaitNumbers(6)).containsExactlyElementsOf(numbers(1, 6));
      }
    }
  }

  @Test
  void theSlowestReaderCounts() throws IOException {
    Inbox inbox = new Inbox();
    CountDownLatch release = new CountDownLatch(1);
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API);
        Bus runtime = buses.open(RUNTIME, API)) {
      reconciler.start((envelope, message) -> {});
      runtime.start(
          (envelope, message) -> {
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new AssertionError("nobody interrupts the bus", e);
            }
            inbox.onMessage(envelope, message);
          });
      publishHourly(api, 1, 6);
      assertThat(files()).hasSize(6);

      release.countDown();
      assertThat(inbox.awaitNumbers(6)).containsExactlyElementsOf(numbers(1, 6));
      publishHourly(api, 7, 8);
      assertThat(inbox.awaitNumbers(8)).containsExactlyElementsOf(numbers(1, 8));
      assertThat(files()).hasSizeLessThan(5);
    }
  }

  @Test
  void readersOutliveTheDeletionOfWhatTheyAreIn() throws IOException {
    Inbox inbox = new Inbox();
    CountDownLatch release = new CountDownLatch(1);
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(
          (envelope, message) -> {
            inbox.onMessage(envelope, message);
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new AssertionError("nobody interrupts the bus", e);
            }
          });
      TestBus.publish(api, 1, 3);
      inbox.awaitNumbers(1);
      clock.move(Duration.ofHours(1));
      publishHourly(api, 4, 8);
      new Retention(buses.queue(API), directory.resolve("none"), API, clock, 0).deletePassed();
      assertThat(files()).hasSize(2);
      // the writer notices at its next change of files
      publishHourly(api, 9, 9);

      release.countDown();

      Await.until("the newest came", () -> inbox.numbers().contains(9L));
      assertThat(inbox.numbers()).isSorted().doesNotHaveDuplicates().contains(1L, 2L, 3L, 8L, 9L);
    }
  }

  @Test
  void tooManyBytesAreDeletedWhoeverNeedsThem() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
    }
    try (Bus api = buses.open(API)) {
      publishHourly(api, 1, 6);
    }
    long file = Files.size(files().getFirst());

    boolean deleted =
        new Retention(buses.queue(API), directory.resolve("bus/positions"), API, clock, 4 * file)
            .deletePassed();

    assertThat(deleted).isTrue();
    assertThat(files()).hasSize(4);
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      assertThat(inbox.awaitNumbers(4)).containsExactlyElementsOf(numbers(3, 6));
    }
  }

  @Test
  void aClockThatGoesBackLosesNothing() {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      try (Bus api = buses.open(API)) {
        TestBus.publish(api, 1);
        clock.move(Duration.ofHours(2));
        TestBus.publish(api, 2);
        clock.move(Duration.ofHours(-5));
        TestBus.publish(api, 3);
      }
      try (Bus api = buses.open(API)) {
        TestBus.publish(api, 4);
        clock.move(Duration.ofHours(9));
        TestBus.publish(api, 5);
        assertThat(inbox.awaitNumbers(5)).containsExactlyElementsOf(numbers(1, 5));
      }
    }
  }

  @Test
  void aQueueOfTheFarFutureIsPutAside() {
    Inbox inbox = new Inbox();
    clock.move(Duration.ofDays(4000));
    try (Bus api = buses.open(API)) {
      TestBus.publish(api, 1);
    }
    clock.move(Duration.ofDays(-4000));
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      assertThat(directory.resolve("bus/api.broken-1")).isDirectory();
      reconciler.start(inbox);
      TestBus.publish(api, 2);
      assertThat(inbox.awaitNumbers(1)).containsExactly(2L);
    }
  }

  private void publishHourly(Bus api, int from, int to) {
    for (int hour = from; hour <= to; hour++) {
      clock.move(Duration.ofHours(1));
      TestBus.publish(api, hour);
    }
  }

  private List<Path> files() throws IOException {
    return QueueIntegrity.files(buses.queue(API));
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }
}
