package io.gyre.bus;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.Map;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/** How Chronicle is set up here. Initialised before any class of Chronicle. */
final class Queues {
  static final String METADATA = "metadata.cq4t";
  static final String SUFFIX = ".cq4";

  /** A quarter of this is the largest message; files grow by it, sparsely. */
  private static final long BLOCK_SIZE = 1 << 20;

  private static final DateTimeFormatter FILE_NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HH'F" + SUFFIX + "'").withZone(ZoneOffset.UTC);

  /**
   * How long the lock of a queue is waited for. It can only be left over from a killed process
   * whose pid is in use again, for nobody else writes the queue; then it is taken.
   */
  private static final long LOCK_TIMEOUT_MS = 300;

  static {
    Map.of(
            "chronicle.analytics.disable", "true",
            "chronicle.announcer.disable", "true",
            "chronicle.disk.monitor.disable", "true",
            "queue.force.unlock.mode", "ALWAYS")
        .forEach(System::setProperty);
  }

  private Queues() {}

  static SingleChronicleQueue writable(Path directory, TimeProvider time) {
    return builder(directory, time).build();
  }

  /** Never changes the queue, takes no lock of it. */
  static SingleChronicleQueue readable(Path directory, TimeProvider time) {
    return builder(directory, time).readOnly(true).build();
  }

  private static SingleChronicleQueueBuilder builder(Path directory, TimeProvider time) {
    return SingleChronicleQueueBuilder.binary(directory.toFile())
        .blockSize(BLOCK_SIZE)
        .rollCycle(RollCycles.FAST_HOURLY)
        .timeoutMS(LOCK_TIMEOUT_MS)
        .timeProvider(time);
  }

  static Instant startOfCycle(int cycle) {
    return Instant.ofEpochMilli((long) cycle * RollCycles.FAST_HOURLY.lengthInMillis());
  }

  /** Names order as cycles do. */
  static String fileNameOfIndex(long index) {
    return FILE_NAME.format(startOfCycle(RollCycles.FAST_HOURLY.toCycle(index)));
  }

  static long firstIndexOfFile(Path file) {
    long hours = FILE_NAME.parse(file.getFileName().toString(), Queues::hours);
    return RollCycles.FAST_HOURLY.toIndex((int) hours, 0);
  }

  private static long hours(TemporalAccessor time) {
    return LocalDate.from(time).toEpochDay() * 24 + time.get(ChronoField.HOUR_OF_DAY);
  }

  static long sequenceOfIndex(long index) {
    return RollCycles.FAST_HOURLY.toSequenceNumber(index);
  }

  /** Without these flags Chronicle fails half-way and leaves broken files behind. */
  static void requireJvmFlags() {
    Module base = Object.class.getModule();
    Module ours = Queues.class.getModule();
    if (!base.isOpen("sun.nio.ch", ours) || !base.isOpen("java.lang.reflect", ours)) {
      throw new GyreException(
          ErrorKind.INTERNAL,
          "bus.jvm_flags",
          "this JVM was not started with the access that the bus needs",
          "start it with --add-opens=java.base/java.lang.reflect=ALL-UNNAMED"
              + " --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
              + " --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"
              + " --sun-misc-unsafe-memory-access=allow");
    }
  }
}
