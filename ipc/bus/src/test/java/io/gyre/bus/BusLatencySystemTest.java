package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** There and back between two JVMs. The figures are printed; what is asserted is generous. */
@Timeout(300)
class BusLatencySystemTest {
  @TempDir Path directory;
  private final BlockingQueue<Long> answers = new LinkedBlockingQueue<>();

  @Test
  void roundTrips() throws IOException, InterruptedException {
    TestBus buses = new TestBus(directory);
    try (Bus api = buses.open(API, RECONCILER);
        ForkedJvm echo = ForkedJvm.start(directory.resolve("output"), "echo", directory)) {
      api.start(
          (envelope, message) -> answers.add(((Message.StateChanged) message).lastEventSeq()));
      assertThat(answer()).as("it is up").isEqualTo(-1);
      measure(api, 2000, Duration.ZERO);

      report("hot", measure(api, 5000, Duration.ZERO));
      long[] idle = measure(api, 40, Duration.ofMillis(50));
      report("after 50 ms idle", idle);

      // far below the poll of a second that would hide a bell that doesn't ring
      assertThat(Duration.ofNanos(idle[idle.length / 2])).isLessThan(Duration.ofMillis(200));
      assertThat(echo.process().isAlive()).isTrue();
    }
  }

  private long[] measure(Bus api, int times, Duration gap) throws InterruptedException {
    long[] took = new long[times];
    for (int i = 0; i < times; i++) {
      LockSupport.parkNanos(gap.toNanos());
      long start = System.nanoTime();
      TestBus.publish(api, i);
      assertThat(answer()).isEqualTo(i);
      took[i] = System.nanoTime() - start;
    }
    Arrays.sort(took);
    return took;
  }

  private Long answer() throws InterruptedException {
    return answers.poll(30, TimeUnit.SECONDS);
  }

  private static void report(String what, long[] sorted) {
    System.out.printf(
        "bus round trip %s: p50 %d us, p99 %d us%n",
        what, sorted[sorted.length / 2] / 1000, sorted[sorted.length * 99 / 100] / 1000);
  }
}
