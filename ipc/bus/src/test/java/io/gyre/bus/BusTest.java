package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static io.gyre.model.Component.RUNTIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BusTest {
  @TempDir Path directory;
  private TestBus buses;

  @BeforeEach
  void buses() {
    buses = new TestBus(directory);
  }

  @Test
  void messagesArriveWithTheirEnvelope() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      Message message = new Message.DeploymentChanged(new DeploymentKey("shop", "web"), 7);

      String id = api.publish(message, "c-1", "reconciler-1-9");

      Await.until("it came", () -> inbox.messages.size() == 1);
      assertThat(id).isEqualTo("api-1-1");
      assertThat(inbox.messages).containsExactly(message);
      Envelope envelope = inbox.envelopes.getFirst();
      assertThat(envelope)
          .isEqualTo(new Envelope("api-1-1", "c-1", API, 1, "reconciler-1-9", envelope.sentAt()));
      assertThat(envelope.sentAt())
          .isBetween(Instant.now().minusSeconds(30), Instant.now().plusSeconds(1));
      Await.until("it was counted", () -> reconciler.stats().handled() == 1);
      assertThat(api.stats().published()).isEqualTo(1);
    }
  }

  @Test
  void twoWritersOneReader() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus runtime = buses.open(RUNTIME);
        Bus reconciler = buses.open(RECONCILER, API, RUNTIME)) {
      reconciler.start(inbox);
      for (int i = 1; i <= 500; i++) {
        TestBus.publish(api, i);
        TestBus.publish(runtime, i);
      }

      inbox.awaitNumbers(1000);

      for (Component sender : List.of(API, RUNTIME)) {
        assertThat(inbox.envelopes.stream().filter(e -> e.sender() == sender).map(Envelope::id))
            .containsExactlyElementsOf(
                LongStream.rangeClosed(1, 500).mapToObj(i -> sender.id() + "-1-" + i).toList());
      }
    }
  }

  @Test
  void answersAreHeardByWhoAsked() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API, RECONCILER);
        Bus reconciler = buses.open(RECONCILER, API)) {
      api.start(inbox);
      reconciler.start(
          (envelope, message) ->
              reconciler.publish(message, envelope.correlation(), envelope.id()));

      String id = TestBus.publish(api, 42);

      assertThat(inbox.awaitNumbers(1)).containsExactly(42L);
      assertThat(inbox.envelopes.getFirst().causeId()).isEqualTo(id);
    }
  }

  @Test
  void aReaderThatIsNewStartsAtTheEndAndMissesNothingAfterwards() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API)) {
      TestBus.publish(api, 1, 10);
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
      }
      TestBus.publish(api, 11, 20);
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        TestBus.publish(api, 21);
        assertThat(inbox.awaitNumbers(11)).containsExactlyElementsOf(numbers(11, 21));
      }
    }
  }

  @Test
  void aQueueThatAppearsLaterIsReadFromItsBeginning() {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
    }
    try (Bus api = buses.open(API)) {
      TestBus.publish(api, 1, 3);
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        assertThat(inbox.awaitNumbers(3)).containsExactly(1L, 2L, 3L);
      }
    }
  }

  @Test
  void aRingOpensAQueueThatAppearsWhileReading() {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      try (Bus api = buses.open(API)) {
        TestBus.publish(api, 1, 3);
        assertThat(inbox.awaitNumbers(3)).containsExactly(1L, 2L, 3L);
      }
    }
  }

  @Test
  void readingGoesOnWhereItLeftOff() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API)) {
      for (int round = 0; round < 5; round++) {
        try (Bus reconciler = buses.open(RECONCILER, API)) {
          reconciler.start(inbox);
          TestBus.publish(api, round * 100 + 1, round * 100 + 100);
          inbox.awaitNumbers(round * 100 + 50);
        }
      }
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        assertThat(inbox.awaitNumbers(500)).containsExactlyElementsOf(numbers(1, 500));
        assertThat(reconciler.stats().repositioned()).isZero();
      }
    }
  }

  @Test
  void aHandlerThatThrowsLosesItsMessageOnly() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(
          (envelope, message) -> {
            inbox.onMessage(envelope, message);
            if (inbox.messages.size() == 2) {
              throw new IllegalStateException("expected by the test");
            }
            if (inbox.messages.size() == 3) {
              throw new StackOverflowError();
            }
            if (inbox.messages.size() == 4) {
              Thread.currentThread().interrupt();
            }
          });
      TestBus.publish(api, 1, 6);

      assertThat(inbox.awaitNumbers(6)).containsExactlyElementsOf(numbers(1, 6));
      Await.until("all were counted", () -> reconciler.stats().handled() == 4);
      assertThat(reconciler.stats().failed()).isEqualTo(2);
    }
  }

  @Test
  void aWipedDirectoryIsStartedAfresh() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      TestBus.publish(api, 1, 5);
      inbox.awaitNumbers(5);
    }
    Trees.delete(directory.resolve("bus"));
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      TestBus.publish(api, 6, 8);
      assertThat(inbox.awaitNumbers(8)).containsExactlyElementsOf(numbers(1, 8));
    }
  }

  @Test
  void aWipedQueueIsReadFromItsBeginning() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      TestBus.publish(api, 1, 5);
      inbox.awaitNumbers(5);
    }
    Trees.delete(buses.queue(API));
    try (Bus api = Bus.open(buses.config(API, 2));
        Bus reconciler = buses.open(RECONCILER, API)) {
      // more than were there before, so that the old position exists again
      TestBus.publish(api, 6, 15);
      reconciler.start(inbox);
      assertThat(inbox.awaitNumbers(15)).containsExactlyElementsOf(numbers(1, 15));
      assertThat(reconciler.stats().repositioned()).isEqualTo(1);
    }
  }

  @Test
  void aDamagedPositionLosesNothing() throws IOException {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API)) {
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        TestBus.publish(api, 1, 5);
        inbox.awaitNumbers(5);
      }
      Files.write(directory.resolve("bus/positions/reconciler-api"), new byte[] {1, 2, 3});
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        assertThat(inbox.awaitNumbers(10).subList(5, 10)).containsExactlyElementsOf(numbers(1, 5));
      }
    }
  }

  @Test
  void oneWriterPerQueue() {
    try (Bus api = buses.open(API)) {
      assertThat(refusal(() -> buses.open(API).close()).code()).isEqualTo("bus.in_use");
      TestBus.publish(api, 1);
    }
    buses.open(API).close();
  }

  @Test
  void nothingIsWrittenToAFullDisk() {
    Inbox inbox = new Inbox();
    BusConfig full =
        new BusConfig(
            directory.resolve("bus"),
            directory.resolve("run"),
            API,
            1,
            Set.of(),
            Long.MAX_VALUE,
            Clock.systemUTC());
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      try (Bus api = Bus.open(full)) {
        GyreException e = refusal(() -> TestBus.publish(api, 1));
        assertThat(e.code()).isEqualTo("bus.disk_full");
        assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED);
        assertThat(buses.queue(API)).doesNotExist();
      }
      try (Bus api = buses.open(API)) {
        TestBus.publish(api, 2);
        assertThat(inbox.awaitNumbers(1)).containsExactly(2L);
      }
    }
  }

  @Test
  void tooLongSocketPathsAreRefused() {
    BusConfig config =
        BusConfig.of(
            directory.resolve("bus"), directory.resolve("x".repeat(100)), API, 1, Set.of());

    GyreException e = refusal(() -> Bus.open(config).close());

    assertThat(e.code()).isEqualTo("bus.socket_path_too_long");
    assertThat(e).hasMessageContaining("107").hasMessageContaining("x".repeat(100));
  }

  @Test
  void tooLargeMessagesAreRefusedAndTheLargestArrives() {
    Inbox inbox = new Inbox();
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      assertThat(refusal(() -> api.publish(exec(300_000), "c", "")).code())
          .isEqualTo("message.too_large");
      Message large = exec(204_000);
      for (int i = 0; i < 20; i++) {
        api.publish(large, "c", "");
      }

      Await.until("they came", () -> inbox.messages.size() == 20);
      assertThat(inbox.messages).containsOnly(large);
    }
  }

  @Test
  void closingIsQuickAndFinal() {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Bus api = buses.open(API);
    Bus reconciler = buses.open(RECONCILER, API);
    reconciler.start(
        (envelope, message) -> {
          handling.countDown();
          awaitQuietly(release);
        });
    TestBus.publish(api, 1);
    awaitQuietly(handling);

    long start = System.nanoTime();
    reconciler.close();
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    api.close();
    api.close();

    // under a second, and what a busy machine adds
    assertThat(took).isLessThan(Duration.ofSeconds(2));
    assertThat(refusal(() -> TestBus.publish(api, 2)).code()).isEqualTo("bus.closed");
    assertThat(refusal(() -> api.start(new Inbox())).code()).isEqualTo("bus.closed");
    release.countDown();
    Await.until("the reader ended", () -> readers() == 0);
    assertThat(directory.resolve("run/reconciler.bell")).doesNotExist();
  }

  @Test
  void aMessageWhoseHandlingFailsBecauseTheBusIsClosedComesAgain() {
    Inbox inbox = new Inbox();
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    try (Bus api = buses.open(API)) {
      Bus reconciler = buses.open(RECONCILER, API);
      reconciler.start(
          (envelope, message) -> {
            handling.countDown();
            awaitQuietly(closed);
            reconciler.publish(message, "c", envelope.id());
          });
      TestBus.publish(api, 1);
      awaitQuietly(handling);
      reconciler.close();
      closed.countDown();
      Await.until("the reader ended", () -> readers() == 0);

      try (Bus again = buses.open(RECONCILER, API)) {
        again.start(inbox);
        assertThat(inbox.awaitNumbers(1)).containsExactly(1L);
      }
    }
  }

  @Test
  void directoriesAreForTheOwnerOnly() throws IOException {
    buses.open(API).close();

    for (String made : List.of("bus", "bus/api", "bus/positions", "run")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(made))))
          .isEqualTo("rwx------");
    }
  }

  private static Message exec(int characters) {
    return new Message.OpenExec(new InstanceId("web-1"), "/s", List.of("x".repeat(characters)));
  }

  private static long readers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("bus-reader"))
        .count();
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts the bus", e);
    }
  }

  private static GyreException refusal(Runnable action) {
    GyreException[] refusal = new GyreException[1];
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(GyreException.class, e -> refusal[0] = e);
    return refusal[0];
  }
}
