package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.messages.MessageCodec;
import io.gyre.model.Component;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever happened to the files while all were stopped, the bus starts and works. */
class DamagedQueueTest {
  private static final int BEFORE = 20;

  @TempDir Path directory;
  private TestBus buses;

  @BeforeEach
  void buses() {
    buses = new TestBus(directory);
  }

  /** Ways to damage the newest file of a queue whose last message starts at an offset. */
  enum Damage {
    CUT_IN_LAST_MESSAGE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.setLength(last + 10);
      }
    },
    CUT_BEFORE_LAST_MESSAGE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.setLength(last);
      }
    },
    CUT_TO_NOTHING {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.setLength(0);
      }
    },
    CUT_IN_HEADER {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.setLength(100);
      }
    },
    GARBAGE_IN_LAST_MESSAGE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        garbage(file, last + 4, 30);
      }
    },
    GARBAGE_FROM_LAST_MESSAGE_ON {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        garbage(file, last, 5000);
      }
    },
    GARBAGE_BEHIND_LAST_MESSAGE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        garbage(file, last + 4 + length(file, last) + 3 & ~3L, 5000);
      }
    },
    HUGE_LENGTH {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.seek(last);
        file.writeInt(Integer.reverseBytes(0x3fff_fff0));
      }
    },
    UNFINISHED_LAST_MESSAGE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.seek(last);
        file.writeInt(Integer.reverseBytes(1 << 31));
      }
    },
    ZEROS_FROM_LAST_MESSAGE_ON {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.seek(last);
        file.write(new byte[5000]);
      }
    },
    ZEROS_BEFORE_LAST_MESSAGE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.seek(last - 400);
        file.write(new byte[400]);
      }
    },
    GARBAGE_AT_END_OF_FILE {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        garbage(file, file.length() - 5000, 5000);
      }
    },
    GARBAGE_IN_HEADER {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        garbage(file, 0, 200);
      }
    },
    GARBAGE_IN_HEADER_BEHIND_ITS_LENGTH {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        garbage(file, 4, 150);
      }
    },
    ALL_ZEROS {
      @Override
      void to(RandomAccessFile file, long last) throws IOException {
        file.seek(0);
        file.write(new byte[(int) file.length()]);
      }
    };

    abstract void to(RandomAccessFile file, long last) throws IOException;

    static void garbage(RandomAccessFile file, long at, int length) throws IOException {
      byte[] bytes = new byte[length];
      new Random(7).nextBytes(bytes);
      file.seek(at);
      file.write(bytes);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFile(Damage damage) throws IOException {
    Inbox before = new Inbox();
    writeAndReadHalf(before);
    damage(damage);

    assertWorks(API, before);
  }

  /** The reader is the first to see the damage, and hears what the writer says when it is back. */
  @ParameterizedTest
  @EnumSource
  void aDamagedFileThatTheReaderSeesFirst(Damage damage) throws IOException {
    Inbox inbox = new Inbox();
    writeAndReadHalf(inbox);
    damage(damage);

    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      try (Bus api = Bus.open(buses.config(API, 2))) {
        TestBus.publish(api, 101, 105);
        Await.until("the new ones came", () -> inbox.numbers().contains(105L));
      }
      assertThat(inbox.numbers()).contains(101L, 102L, 103L, 104L);
    }
  }

  /** The files change under a reader that has them open; the writer then starts a new queue. */
  @ParameterizedTest
  @EnumSource(names = {"GARBAGE_IN_HEADER", "HUGE_LENGTH", "CUT_TO_NOTHING"})
  void aDamagedFileUnderALiveReader(Damage damage) throws IOException {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      try (Bus api = buses.open(API)) {
        TestBus.publish(api, 1, 10);
        inbox.awaitNumbers(10);
      }
      damage(damage);
      try (Bus api = Bus.open(buses.config(API, 2))) {
        TestBus.publish(api, 101, 105);
        Await.until("the new ones came", () -> inbox.numbers().contains(105L));
      }
      assertThat(inbox.numbers().subList(inbox.numbers().size() - 5, inbox.numbers().size()))
          .containsExactly(101L, 102L, 103L, 104L, 105L);
    }
  }

  @Test
  void damagedMetadata() throws IOException {
    for (int size : new int[] {0, 7, 100, 70_000}) {
      Inbox before = new Inbox();
      writeAndReadHalf(before);
      byte[] bytes = new byte[size];
      new Random(size).nextBytes(bytes);
      Files.write(buses.queue(API).resolve(Queues.METADATA), bytes);

      assertWorks(API, before);
      Trees.delete(directory.resolve("bus"));
    }
  }

  @Test
  void missingMetadata() throws IOException {
    Inbox before = new Inbox();
    writeAndReadHalf(before);
    Files.delete(buses.queue(API).resolve(Queues.METADATA));

    assertWorks(API, before);
  }

  /** As a killed writer leaves it, where its pid belongs to another process by now. */
  @Test
  void aLockOfAPidThatIsInUseAgain() throws IOException {
    Inbox before = new Inbox();
    writeAndReadHalf(before);
    Path metadata = buses.queue(API).resolve(Queues.METADATA);
    byte[] bytes = Files.readAllBytes(metadata);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int free = text.indexOf("\0\0\0\0\0\0\0\u0080", text.indexOf("chronicle.write.lock"));
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(free, ProcessHandle.current().pid());
    Files.write(metadata, bytes);

    assertWorks(API, before);

    assertThat(before.numbers()).startsWith(1L, 2L).contains((long) BEFORE);
    assertThat(directory.resolve("bus/api.broken-1")).doesNotExist();
  }

  @Test
  void twoBrokenQueuesAreKept() throws IOException {
    for (int i = 0; i < 5; i++) {
      try (Bus api = buses.open(API)) {
        TestBus.publish(api, 1);
      }
      damage(Damage.GARBAGE_IN_HEADER);
    }
    buses.open(API).close();

    try (var names = Files.list(directory.resolve("bus"))) {
      assertThat(names.map(name -> name.getFileName().toString()))
          .filteredOn(name -> name.contains("broken"))
          .containsExactlyInAnyOrder("api.broken-4", "api.broken-5");
    }
  }

  @Test
  void entriesThatAreNoMessagesAreSkipped() {
    Inbox inbox = new Inbox();
    try (Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      buses.open(API).close();
      byte[] message =
          MessageCodec.encode(
              new Envelope("api-1-1", "c", API, 1, "", Instant.EPOCH), new Message.HostStarted());
      byte[] unknown = message.clone();
      unknown[1] = 99;
      byte[] flipped = Frames.wrap(message);
      flipped[10] ^= 1;
      append(
          new byte[] {1},
          new byte[] {1, 2, 3, 4, 5},
          flipped,
          Frames.wrap(new byte[0]),
          Frames.wrap(Arrays.copyOf(message, 30)),
          Frames.wrap(unknown),
          Frames.wrap(message));

      Await.until("the good one came", () -> !inbox.messages.isEmpty());
      Await.until("it was counted", () -> reconciler.stats().handled() == 2);
      assertThat(inbox.messages).containsExactly(new Message.HostStarted());
      assertThat(inbox.unknown).containsExactly(99);
      assertThat(reconciler.stats().damaged()).isEqualTo(5);
      assertThat(reconciler.stats().unknown()).isEqualTo(1);
    }
  }

  private void append(byte[]... entries) {
    try (SingleChronicleQueue queue =
            Queues.writable(buses.queue(API), new CycleTime(Clock.systemUTC()));
        ExcerptAppender appender = queue.createAppender()) {
      for (byte[] entry : entries) {
        try (DocumentContext document = appender.writingDocument()) {
          document.wire().bytes().write(entry);
        }
      }
    }
  }

  private void writeAndReadHalf(Inbox inbox) {
    try (Bus api = buses.open(API)) {
      try (Bus reconciler = buses.open(RECONCILER, API)) {
        reconciler.start(inbox);
        TestBus.publish(api, 1, BEFORE / 2);
        inbox.awaitNumbers(BEFORE / 2);
      }
      TestBus.publish(api, BEFORE / 2 + 1, BEFORE);
    }
  }

  /** What comes after the damage is heard, and of what was before only what really was. */
  private void assertWorks(Component writer, Inbox inbox) {
    try (Bus api = Bus.open(buses.config(writer, 2));
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      TestBus.publish(api, 101, 105);
      Await.until("the new ones came", () -> inbox.numbers().contains(105L));
    }
    List<Long> numbers = inbox.numbers();
    assertThat(numbers.subList(numbers.size() - 5, numbers.size()))
        .containsExactly(101L, 102L, 103L, 104L, 105L);
    assertThat(numbers).allMatch(number -> number <= BEFORE || number > 100);
    try (Bus api = Bus.open(buses.config(writer, 3));
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      TestBus.publish(api, 106);
      Await.until("one more came", () -> inbox.numbers().contains(106L));
    }
  }

  private void damage(Damage damage) throws IOException {
    Path newest = QueueIntegrity.files(buses.queue(API)).getLast();
    try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
      damage.to(file, lastMessage(file));
    }
  }

  private static long lastMessage(RandomAccessFile file) throws IOException {
    long last = 0;
    for (long at = 0; length(file, at) > 0; at = at + 4 + length(file, at) + 3 & ~3L) {
      last = at;
    }
    return last;
  }

  private static int length(RandomAccessFile file, long at) throws IOException {
    file.seek(at);
    return Integer.reverseBytes(file.readInt()) & 0x3fff_ffff;
  }
}
