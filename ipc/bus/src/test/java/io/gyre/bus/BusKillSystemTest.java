package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that die in the middle of anything. */
@Timeout(300)
class BusKillSystemTest {
  private static final int KILLS = 10;

  @TempDir Path directory;
  private final Random random = new Random(1);
  private TestBus buses;

  @BeforeEach
  void buses() {
    buses = new TestBus(directory);
  }

  @Test
  void nothingThatAWriterAcknowledgedIsLost() throws IOException {
    Inbox inbox = new Inbox();
    Path acknowledged = directory.resolve("acknowledged");
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      for (int epoch = 1; epoch <= KILLS; epoch++) {
        try (ForkedJvm writer = start("write", epoch, 20_000, acknowledged)) {
          awaitGrowth(acknowledged, writer);
          pause();
        }
      }
      List<String> written = Files.readAllLines(acknowledged);
      List<String> read = awaitLast(inbox, written.getLast());

      assertThat(read).containsAll(written).doesNotHaveDuplicates();
      assertInOrder(read);
      // at most the one message per kill that was written and not yet acknowledged
      assertThat(read.size() - written.size()).isBetween(0, KILLS);
      assertThat(reconciler.stats().damaged()).isZero();
      assertThat(reconciler.stats().repositioned()).isZero();
    }
    assertThat(directory.resolve("bus")).isDirectoryNotContaining("glob:**broken*");
  }

  @Test
  void aReaderResumesWhereItDied() throws IOException {
    Path acknowledged = directory.resolve("acknowledged");
    Path effects = directory.resolve("effects");
    try (ForkedJvm first = start("read", effects)) {
      Await.until(
          "the reader is there", () -> Files.exists(directory.resolve("run/reconciler.bell")));
      try (ForkedJvm writer = start("write", 1, 300_000, acknowledged)) {
        awaitGrowth(effects, first);
        first.kill();
        for (int kill = 1; kill < KILLS; kill++) {
          try (ForkedJvm reader = start("read", effects)) {
            awaitGrowth(effects, reader);
            pause();
          }
        }
        writer.kill();
      }
    }
    List<String> written = Files.readAllLines(acknowledged);
    try (ForkedJvm reader = start("read", effects)) {
      Await.until(
          "the rest was read",
          () -> size(effects) >= size(acknowledged) && lines(effects).contains(written.getLast()));
      assertThat(reader.process().isAlive()).isTrue();
    }
    List<String> read = lines(effects);
    assertThat(read).containsAll(written).doesNotHaveDuplicates();
    assertThat(read.size() - written.size()).isBetween(0, 1);
    assertInOrder(read);
  }

  private ForkedJvm start(Object mode, Object... arguments) throws IOException {
    List<Object> all = new ArrayList<>(List.of(mode, directory));
    all.addAll(List.of(arguments));
    return ForkedJvm.start(directory.resolve("output"), all.toArray());
  }

  /** The kill is to hit any moment. */
  private void pause() {
    LockSupport.parkNanos(random.nextInt(3_000_000));
  }

  /** Some hundred lines more. */
  private void awaitGrowth(Path file, ForkedJvm jvm) {
    long enough = size(file) + 1_000 + random.nextInt(3_000);
    Await.until(
        file + " grew",
        () -> {
          assertThat(jvm.process().isAlive()).as("alive, see " + jvm.output()).isTrue();
          return size(file) > enough;
        });
  }

  private static long size(Path file) {
    return file.toFile().length();
  }

  private static List<String> awaitLast(Inbox inbox, String id) {
    Await.until(
        id + " came",
        () -> inbox.envelopes.stream().anyMatch(envelope -> envelope.id().equals(id)));
    return inbox.envelopes.stream().map(envelope -> envelope.id()).toList();
  }

  /** Ids are sender-epoch-number; both grow, the number by one. */
  private static void assertInOrder(List<String> ids) {
    int epoch = 0;
    long number = 0;
    List<String> broken = new ArrayList<>();
    for (String id : ids) {
      String[] parts = id.split("-", -1);
      int nextEpoch = Integer.parseInt(parts[1]);
      long nextNumber = Long.parseLong(parts[2]);
      boolean follows =
          nextEpoch == epoch ? nextNumber == number + 1 : nextEpoch > epoch && nextNumber == 1;
      if (!follows) {
        broken.add(id + " after " + epoch + "-" + number);
      }
      epoch = nextEpoch;
      number = nextNumber;
    }
    assertThat(broken).isEmpty();
  }

  private static List<String> lines(Path file) {
    try {
      String text = Files.readString(file);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
