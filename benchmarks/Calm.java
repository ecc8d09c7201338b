import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The random pause before each trial. It goes on while somebody else keeps the processors busy,
 * until the patience for that, which is one for the whole run, is used up.
 */
final class Calm {
  private static final double BUSY = 0.2;

  private final Random random = new Random();
  private long patienceNanos;
  private int pauses;
  private int busy;

  Calm(long patienceSeconds) {
    this.patienceNanos = TimeUnit.SECONDS.toNanos(patienceSeconds);
  }

  void await() throws IOException, InterruptedException {
    pauses++;
    while (true) {
      long began = System.nanoTime();
      long[] before = processors();
      Thread.sleep(100 + random.nextInt(200));
      long[] after = processors();
      if (after[0] - before[0] <= BUSY * (after[1] - before[1])) {
        return;
      }
      patienceNanos -= System.nanoTime() - began;
      if (patienceNanos < 0) {
        busy++;
        return;
      }
    }
  }

  String summary() {
    return busy + " of " + pauses;
  }

  /** Busy and all ticks of all processors. */
  private static long[] processors() throws IOException {
    String[] fields = Files.readAllLines(Path.of("/proc/stat")).getFirst().split(" +");
    long all = 0;
    for (int i = 1; i <= 8 && i < fields.length; i++) {
      all += Long.parseLong(fields[i]);
    }
    long idle = Long.parseLong(fields[4]) + Long.parseLong(fields[5]);
    return new long[] {all - idle, all};
  }
}
