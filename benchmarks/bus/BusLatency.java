package bus;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One way over the bus between two JVMs, which have the same monotonic clock. The one says when it
 * published a message, the other answers how long that is ago; only then comes the next.
 *
 * <pre>
 *   answer DIRECTORY                    makes the file "ready" once it reads
 *   ask DIRECTORY MESSAGES IDLE_MS      prints nanoseconds, one a line
 * </pre>
 */
public final class BusLatency {
  private BusLatency() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[1]);
    if (arguments[0].equals("answer")) {
      answer(directory);
    } else {
      ask(directory, Integer.parseInt(arguments[2]), Long.parseLong(arguments[3]));
    }
  }

  private static BusConfig config(Path directory, Component self, Component other) {
    return BusConfig.of(
        directory.resolve("bus"),
        directory.resolve("run"),
        self,
        System.currentTimeMillis(),
        Set.of(other));
  }

  private static void answer(Path directory) throws IOException, InterruptedException {
    Bus bus = Bus.open(config(directory, Component.RECONCILER, Component.API));
    bus.start(
        (envelope, message) -> {
          if (message instanceof Message.StateChanged asked) {
            long took = System.nanoTime() - asked.lastEventSeq();
            bus.publish(new Message.StateChanged(took), "c-bench", envelope.id());
          }
        });
    Files.createFile(directory.resolve("ready"));
    new CountDownLatch(1).await();
  }

  private static void ask(Path directory, int messages, long idleMs) throws InterruptedException {
    BlockingQueue<Long> answers = new LinkedBlockingQueue<>();
    try (Bus bus = Bus.open(config(directory, Component.API, Component.RECONCILER))) {
      bus.start(
          (envelope, message) -> {
            if (message instanceof Message.StateChanged answer) {
              answers.add(answer.lastEventSeq());
            }
          });
      // What follows isn't the first of its kind.
      for (int i = 0; i < 3000; i++) {
        once(bus, answers);
      }
      for (int i = 0; i < messages; i++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(idleMs));
        System.out.println(once(bus, answers));
      }
    }
  }

  private static long once(Bus bus, BlockingQueue<Long> answers) throws InterruptedException {
    bus.publish(new Message.StateChanged(System.nanoTime()), "c-bench", "");
    Long took = answers.poll(30, TimeUnit.SECONDS);
    if (took == null) {
      throw new IllegalStateException("no answer came within 30 s");
    }
    return took;
  }
}
